import { makeArrowTable } from '@lancedb/lancedb';
import type { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddedView } from './layout.ts';
import { embeddingRowId } from './row-id.ts';
import { sqlIn } from './sql.ts';

/**
 * Writes vectors as rows: all of a batch or none of it, and each view once, whoever else writes.
 * With `replace`, rows that the views already had, under whatever id, are gone afterwards.
 */
export async function writeEmbeddings(
  table: EmbeddingTable,
  batch: readonly EmbeddedView[],
  options: { readonly replace: boolean },
): Promise<void> {
  if (batch.length === 0) return;
  const lance = await table.lance();
  const now = new Date();
  const ids = batch.map(({ view }) => embeddingRowId(table.name, view));
  const rows = batch.map((embedded, index) => ({
    ...table.layout.embeddingRow(embedded, ids[index] ?? '', now),
    [table.space.vectorColumn]: embedded.vector,
  }));
  const data = makeArrowTable(rows, { schema: await lance.schema() });
  const merge = lance.mergeInsert('id').whenNotMatchedInsertAll();
  await (options.replace ? merge.whenMatchedUpdateAll() : merge).execute(data);
  if (!options.replace) return;
  const views = batch.map(({ view }) => view);
  await lance.delete(`(${table.layout.whereViews(views)}) AND NOT (${sqlIn('id', ids)})`);
}
