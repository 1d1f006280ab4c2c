import type { TableStore } from '../../../src/core/table-store.ts';
import { COLUMN_TYPES, type Plain } from './random-column.ts';
import type { RandomColumn } from './random-filter.ts';

const NANOSECONDS = 1000n;

/** The columns of a table on disk whose types filters know, with all of their values. */
export async function columnsOf(store: TableStore, table: string): Promise<RandomColumn[]> {
  const { fields } = await store.schema(table);
  const known = fields.flatMap(({ name, type }) => {
    const of = COLUMN_TYPES.find((each) => String(each.type) === String(type));
    return of === undefined ? [] : [{ name, of, values: [] as Plain[], index: null }];
  });
  for await (const batch of store.batches(table)) {
    for (const { name, of, values } of known) {
      const vector = batch.getChild(name);
      for (let row = 0; row < batch.numRows; row++) {
        const moments = String(of.type).startsWith('Timestamp') ? vector?.data[0]?.values : undefined;
        values.push(moments === undefined ? vector?.get(row) : moments[row] * NANOSECONDS);
      }
    }
  }
  return known;
}
