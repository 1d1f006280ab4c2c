import { Index } from '@lancedb/lancedb';
import type { TableStore } from '../table-store.ts';

/** Columns that Pixano 0.8 indexes in every table that has them, and how. */
const INDEXES: Readonly<Record<string, () => Index>> = {
  ...Object.fromEntries(
    ['id', 'record_id', 'entity_id', 'view_id', 'frame_id', 'tracklet_id', 'frame_index'].map((c) => [c, Index.btree]),
  ),
  ...Object.fromEntries(['logical_name', 'split', 'status', 'source_type'].map((c) => [c, Index.bitmap])),
};

/** Makes the indexes that Pixano 0.8 makes at the end of an import, where they are not there. */
async function createScalarIndexes(store: TableStore, tables: readonly string[]): Promise<void> {
  for (const name of tables) {
    await store.ask(name, async (table) => {
      const indexed = (await table.listIndices()).flatMap(({ columns }) => columns);
      const { fields } = await table.schema();
      for (const [column, index] of Object.entries(INDEXES)) {
        if (indexed.includes(column) || !fields.some((field) => field.name === column)) continue;
        await table.createIndex(column, { config: index() });
      }
    });
  }
}

/** Joins the small pieces that batches leave, and brings the indexes up to date. */
export async function optimize(store: TableStore, tables: readonly string[]): Promise<void> {
  for (const name of tables) await store.ask(name, (table) => table.optimize());
}

/** What Pixano 0.8 does with a dataset's tables when an import is done. */
export async function settleRecords(store: TableStore, tables: readonly string[]): Promise<void> {
  await createScalarIndexes(store, tables);
  // Joining the pieces of the pictures' table would write all of the pictures once more.
  const small = tables.filter((name) => name !== 'images');
  await optimize(store, small);
}
