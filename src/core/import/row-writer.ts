import { makeArrowTable } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { arrow } from '../arrow.ts';
import { ValidationError } from '../errors.ts';
import { sqlIn } from '../sql.ts';
import type { TableStore } from '../table-store.ts';
import type { NewRow, ReadItem, RowMaker } from './read-item.ts';

/** Writes the rows that are not in their tables yet. Items come last: where an item is, all of it is. */
export async function writeItems(store: TableStore, maker: RowMaker, items: readonly ReadItem[]): Promise<void> {
  const byTable = new Map<string, Map<string, NewRow['values']>>();
  for (const item of items) {
    for (const { table, values } of maker.rowsOf(item)) {
      const rows = byTable.get(table) ?? new Map<string, NewRow['values']>();
      byTable.set(table, rows.set(values.id, values));
    }
  }
  const itemRows = byTable.get(maker.itemTable) ?? new Map();
  byTable.delete(maker.itemTable);
  for (const [table, rows] of byTable) await addMissing(store, table, rows);
  await addMissing(store, maker.itemTable, itemRows);
}

/** An interrupted import may have left rows of items that are not there. */
async function addMissing(store: TableStore, table: string, rows: Map<string, NewRow['values']>): Promise<void> {
  const schema = await store.schema(table);
  for await (const { id } of store.rows(table, { where: sqlIn('id', [...rows.keys()]), columns: [] })) rows.delete(id);
  if (rows.size === 0) return;
  const whole = [...rows.values()].map((values) => completed(values, schema, table));
  await store.ask(table, (handle) => handle.add(makeArrowTable(whole, { schema })));
}

/** With a zero in each column that the dataset has beyond what the row says. */
function completed(values: NewRow['values'], { fields }: Arrow.Schema, table: string): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, values[field.name] ?? zeroOf(field, table)]));
}

function zeroOf({ name, type, nullable }: Arrow.Field, table: string): unknown {
  const { DataType } = arrow;
  if (nullable) return null;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return '';
  if (DataType.isBool(type)) return false;
  if (DataType.isInt(type)) return type.bitWidth === 64 ? 0n : 0;
  if (DataType.isFloat(type)) return 0;
  if (DataType.isList(type)) return [];
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return new Uint8Array();
  throw ValidationError.at(
    'dataset',
    `The column "${name}" of the table "${table}" must have a value, and an import has none for it.`,
  );
}
