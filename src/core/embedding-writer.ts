import type { Table } from '@lancedb/lancedb';
import { embeddingBatch } from './embedding-batch.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { ConflictError } from './errors.ts';
import type { EmbeddedView } from './layout.ts';
import { sqlIn } from './sql.ts';

/** Where Lance notes which column is the key. */
const KEY_METADATA = 'lance-schema:unenforced-primary-key:position';

/**
 * Writes vectors as rows: all of a batch or none of it, and each view once, whoever else writes.
 * With `replace`, rows that the views already had, under whatever id, are gone afterwards;
 * so are those of their items, where the table holds one vector an item.
 * @throws ConflictError where the table was replaced meanwhile, or its dataset is busy
 */
export async function writeEmbeddings(
  table: EmbeddingTable,
  batch: readonly EmbeddedView[],
  options: { readonly replace: boolean },
): Promise<void> {
  if (batch.length === 0) return;
  // By id, for a view that Pixano has twice is one view.
  const byId = new Map(batch.map((embedded) => [table.rowIdOf(embedded.view), embedded]));
  const ids = [...byId.keys()];
  const rows = Array.from(byId, ([id, embedded]) => table.layout.embeddingRow(embedded, id, table.space));
  const vectors = Array.from(byId.values(), ({ vector }) => vector);
  const lance = await table.lance();
  await table.layout.asWriter(async () => {
    if (table.layout.keyed) await ensureKey(lance);
    const schema = await lance.schema();
    if (!(await table.describes(schema))) {
      throw new ConflictError(
        'CONFLICT',
        `The table "${table.name}" was replaced while it was computed: compute it again.`,
      );
    }
    const data = embeddingBatch(rows, vectors, schema, table.space.vectorColumn);
    const merge = lance.mergeInsert('id').whenNotMatchedInsertAll();
    const replace = options.replace || table.oneAnItem;
    await (replace ? merge.whenMatchedUpdateAll() : merge).execute(data);
    if (!replace) return;
    const replaced = table.whereReplaced(batch.map(({ view }) => view));
    const others = `(${replaced}) AND NOT (${sqlIn('id', ids)})`;
    if ((await lance.countRows(others)) > 0) await lance.delete(others);
  });
}

/** Python gives no table a key. */
async function ensureKey(lance: Table): Promise<void> {
  if (await hasKey(lance)) return;
  try {
    await lance.setUnenforcedPrimaryKey('id');
  } catch (error) {
    // Another process was quicker.
    if (!(await hasKey(lance))) throw error;
  }
}

async function hasKey(lance: Table): Promise<boolean> {
  const { fields } = await lance.schema();
  return fields.some((field) => field.name === 'id' && field.metadata.has(KEY_METADATA));
}
