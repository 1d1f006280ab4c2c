import type { Table } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { abortable, abortableEach } from './abortable.ts';
import { arrow } from './arrow.ts';
import type { Call } from './call.ts';

/** A value of a column as JSON has it; bytes and vectors stay typed arrays. */
export type Value = string | number | boolean | null | Uint8Array | Float32Array | Value[] | { [name: string]: Value };

/** One row of a table, with the columns that were asked for. */
export interface Row {
  readonly table: string;
  readonly id: string;
  readonly values: Readonly<Record<string, Value>>;
}

export interface RowQuery extends Call {
  readonly where?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** Columns to read beside `id`; all where it is left out. */
  readonly columns?: readonly string[] | undefined;
  /** Whether to read Lance's own id of each row as `_rowid`. */
  readonly rowIds?: boolean | undefined;
}

/** Rows as Arrow has them, a few thousand a batch, with `id` and the columns that were asked for. */
export async function* readBatches(table: Table, query: RowQuery): AsyncGenerator<Arrow.RecordBatch> {
  if (query.limit === 0) return;
  let plan = table.query();
  if (query.columns !== undefined) plan = plan.select([...new Set(['id', ...query.columns])]);
  if (query.where !== undefined) plan = plan.where(query.where);
  if (query.limit !== undefined) plan = plan.limit(query.limit);
  if (query.offset !== undefined) plan = plan.offset(query.offset);
  if (query.rowIds) plan = plan.withRowId();
  if (query.signal === undefined) yield* plan;
  else yield* abortableEach(plan, query.signal);
}

/** The rows at those places; fewer, or an error, where they have moved since. */
export async function takeRows(
  table: Table,
  rowIds: readonly bigint[],
  { columns, rowIds: named, signal, timeoutMs }: Pick<RowQuery, 'columns' | 'rowIds' | keyof Call>,
): Promise<Arrow.RecordBatch[]> {
  let take = table.takeRowIds(rowIds);
  if (columns !== undefined) take = take.select([...new Set(['id', ...columns])]);
  if (named) take = take.withRowId();
  return (await abortable(take.toArrow(timeLimit({ timeoutMs })), signal)).batches;
}

/** As LanceDB takes it. */
export function timeLimit({ timeoutMs }: Call): { timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs };
}

/** The rows of a batch, or those of them that are wanted. */
export function* batchRows(
  table: string,
  batch: Arrow.RecordBatch,
  isWanted: (id: string) => boolean = () => true,
): Generator<Row> {
  const ids = batch.getChild('id');
  const columns = batch.schema.fields.map((field, index) => ({ field, vector: batch.getChildAt(index) }));
  for (let index = 0; index < batch.numRows; index++) {
    const id = String(ids?.get(index));
    if (!isWanted(id)) continue;
    const values: Record<string, Value> = {};
    for (const { field, vector } of columns) values[field.name] = toValue(vector?.get(index), field.type);
    yield { table, id, values };
  }
}

/** A struct column's field, such as the `id` of `item_ref`; "" where it is not there. */
export function reference(value: Value | undefined, field: 'id' | 'name'): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return '';
  const part = value[field];
  return typeof part === 'string' ? part : '';
}

function toValue(value: unknown, type: Arrow.DataType): Value {
  if (value === null || value === undefined) return null;
  if (arrow.DataType.isTimestamp(type)) return timestamp(Number(value), type.timezone);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return value;
  if (arrow.DataType.isStruct(type)) {
    const struct = value as Record<string, unknown>;
    return Object.fromEntries(type.children.map((child) => [child.name, toValue(struct[child.name], child.type)]));
  }
  if (value instanceof arrow.Vector) {
    const array = value.toArray();
    if (array instanceof Float32Array) return array;
    const child = type.children[0]?.type;
    return child === undefined ? null : Array.from(value, (element) => toValue(element, child));
  }
  return String(value);
}

/**
 * ISO 8601 with microseconds; without an offset where the column has no zone, as Pixano writes
 * its local times.
 * @param milliseconds since 1970, with a fraction
 */
function timestamp(milliseconds: number, zone: string | null | undefined): string {
  const microseconds = Math.round(milliseconds * 1000);
  const second = new Date(Math.floor(microseconds / 1e6) * 1000).toISOString().slice(0, 19);
  const fraction = String(((microseconds % 1e6) + 1e6) % 1e6).padStart(6, '0');
  return `${second}.${fraction}${zone ? 'Z' : ''}`;
}
