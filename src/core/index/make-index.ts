import type { EmbeddingTable } from '../embedding-table.ts';
import { ConflictError } from '../errors.ts';
import { writeError } from '../write-error.ts';
import { buildIndex } from './build-index.ts';
import type { Measurement } from './index-record.ts';
import { DEFAULT_RECALL, type IndexStanding, TOLERATED_CHANGE } from './index-standing.ts';
import { DEFAULT_TYPE, fewestRows, type IndexType, isIndexType, partitionsOf } from './index-types.ts';
import { type MeasureContext, measureIndex } from './measure-index.ts';
import { vectorIndexOf } from './vector-index.ts';

/** What is asked of an index. */
export interface IndexRequest {
  /** Null: the one that there is, where it keeps the promise; else one of the type that was asked for last. */
  readonly type: IndexType | null;
  /** The promise, from 0 to 1; null: that of the last time. */
  readonly minRecallAt10: number | null;
}

/** Share of the work that the building is; the rest is the measuring. */
const BUILDING = 0.3;

/**
 * Makes and measures the index of a table. One that is there and was not measured, and that may be what is asked for,
 * is measured before another is made; so work that was ended goes on where it was. One that does not keep the promise
 * is dropped again.
 * @yields the share of the work that is done, from 0 to 1
 * @throws ConflictError RECALL_TOO_LOW, or where the table has too few rows; PluginError; WriteError; the signal's reason
 */
export async function* makeIndex(
  table: EmbeddingTable,
  request: IndexRequest,
  context: MeasureContext,
): AsyncGenerator<number, void> {
  const { signal, record } = context;
  const standing = await context.standing(table);
  const { type, minRecallAt10 } = settled(request, standing);
  checkRows(table, standing.rows, type);
  if (mayServe(table, standing, request)) {
    const { depths } = yield* scaled(measureIndex(table, minRecallAt10, context), [0, 1]);
    if (depths.length > 0) return;
  }
  yield 0;
  const { distance } = table.space;
  const plan = { type, distance, partitions: partitionsOf(type, standing.rows), name: standing.index?.name ?? null };
  await buildIndex(table, plan, { folder: await record.temporaryFolder(table.name), signal });
  const measured = yield* scaled(measureIndex(table, minRecallAt10, context), [BUILDING, 1]);
  if (measured.depths.length > 0) return;
  await dropIndex(table, measured);
  await record.keep(table.name, { ...measured, index: null });
  throw recallTooLow(measured);
}

/** @throws ConflictError where an index of that type cannot be made of the table, or was found wanting before */
export function checkRequest(table: EmbeddingTable, request: IndexRequest, standing: IndexStanding): void {
  const { type, minRecallAt10 } = settled(request, standing);
  checkRows(table, standing.rows, type);
  const { verdict, measurement } = standing;
  if (verdict !== 'DROPPED' || measurement === null || measurement.type !== type) return;
  if (measurement.rows === standing.rows && measurement.minRecallAt10 <= minRecallAt10) throw recallTooLow(measurement);
}

/** What is asked for in full. */
function settled(
  { type, minRecallAt10 }: IndexRequest,
  { verdict, measurement }: IndexStanding,
): { readonly type: IndexType; readonly minRecallAt10: number } {
  // What was tried and dropped is not tried again.
  const last = verdict === 'DROPPED' || verdict === 'TOO_LOW' ? null : measurement;
  const lastType = last !== null && isIndexType(last.type) ? last.type : DEFAULT_TYPE;
  return { type: type ?? lastType, minRecallAt10: minRecallAt10 ?? last?.minRecallAt10 ?? DEFAULT_RECALL };
}

function checkRows(table: EmbeddingTable, rows: number, type: IndexType): void {
  const fewest = fewestRows(type);
  if (rows >= fewest) return;
  throw new ConflictError(
    'CONFLICT',
    `The table "${table.name}" has ${rows} rows, and an index of the type ${type} needs ${fewest}: compute it first.`,
  );
}

/** Whether the index that is there may be what is asked for, once it is measured. */
function mayServe(table: EmbeddingTable, { rows, index, verdict }: IndexStanding, { type }: IndexRequest): boolean {
  if (index === null || verdict !== 'UNMEASURED') return false;
  if (type !== null && type !== index.type) return false;
  return index.distance === table.space.distance && index.unindexedRows <= rows * TOLERATED_CHANGE;
}

/** Unless another program has replaced it meanwhile. */
async function dropIndex(table: EmbeddingTable, { index: measured }: Measurement): Promise<void> {
  const lance = await table.lance();
  await table.layout.asOnlyWriter(async () => {
    const index = await vectorIndexOf(lance, table.space.vectorColumn);
    if (index?.identity !== measured) return;
    await lance.dropIndex(index.name).catch((cause: unknown) => {
      throw writeError(table.name, cause);
    });
  });
}

function recallTooLow({ type, recallAt10, minRecallAt10 }: Measurement): ConflictError {
  return new ConflictError(
    'RECALL_TOO_LOW',
    `An index of the type ${type} finds ${recallAt10.toFixed(3)} of the ten nearest vectors at best, and ` +
      `${minRecallAt10} is asked of it (RECALL_TOO_LOW): it was dropped, and searches compare all vectors. Ask for ` +
      'another type, or for less.',
  );
}

async function* scaled<Result>(
  work: AsyncGenerator<number, Result>,
  [from, to]: readonly [number, number],
): AsyncGenerator<number, Result> {
  for (;;) {
    const step = await work.next();
    if (step.done) return step.value;
    yield from + step.value * (to - from);
  }
}
