import type { Table } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { embeddingBatch } from './embedding-batch.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { ConflictError } from './errors.ts';
import type { EmbeddedView } from './layout.ts';
import { pause } from './retry.ts';
import { sqlIn } from './sql.ts';
import { isWriteConflict, writeError } from './write-error.ts';

/** Where Lance notes which column is the key. */
const KEY_METADATA = 'lance-schema:unenforced-primary-key:position';

/** How a write is made again that another writer was quicker than; Lance itself has tried before. */
const CONFLICT = { times: 4, firstPauseMs: 200, longestPauseMs: 2000 };

export interface WriteOptions {
  /** Rows that the views already had, under whatever id, are gone afterwards. */
  readonly replace: boolean;
  /**
   * The table's version when it was known to have none of these views. While it has that version,
   * rows are added and not merged: to look for their ids in all of a large table takes long.
   */
  readonly version?: number | null | undefined;
  /** Ends the waiting for other writers, and not a write that has begun. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes vectors as rows: all of a batch or none of it, and each view once, whoever else writes.
 * Where the table holds one vector an item, those that the views' items had are gone afterwards.
 * @returns the version that it has now, where it still had `version`; otherwise null
 * @throws ConflictError where the table was replaced meanwhile, or its dataset is busy; WriteError; the
 *   signal's reason, when nothing is written
 */
export async function writeEmbeddings(
  table: EmbeddingTable,
  batch: readonly EmbeddedView[],
  options: WriteOptions,
): Promise<number | null> {
  for (let tried = 1; ; tried++) {
    try {
      return await writeOnce(table, batch, options);
    } catch (error) {
      if (options.signal?.aborted && error === options.signal.reason) throw error;
      if (!isWriteConflict(error) || tried > CONFLICT.times) throw writeError(table.name, error);
    }
    await pause(tried, CONFLICT, undefined);
  }
}

async function writeOnce(
  table: EmbeddingTable,
  batch: readonly EmbeddedView[],
  { replace, version = null, signal }: WriteOptions,
): Promise<number | null> {
  if (batch.length === 0) return version;
  // By id, for a view that Pixano has twice is one view.
  const byId = new Map(batch.map((embedded) => [table.rowIdOf(embedded.view), embedded]));
  const ids = [...byId.keys()];
  const rows = Array.from(byId, ([id, embedded]) => table.layout.embeddingRow(embedded, id, table.space));
  const vectors = Array.from(byId.values(), ({ vector }) => vector);
  const lance = await table.lance();
  return table.layout.asOnlyWriter(
    async (alone) => {
      const unchanged = version !== null && (await lance.version()) === version;
      const schema = await lance.schema();
      if (!(await table.describes(schema))) {
        throw new ConflictError(
          'CONFLICT',
          `The table "${table.name}" was replaced while it was computed: compute it again.`,
        );
      }
      if (table.layout.keyed) await ensureKey(lance, schema);
      const data = embeddingBatch(rows, vectors, schema, table.space.vectorColumn);
      const replaces = replace || table.oneAnItem;
      if (unchanged && alone && !replaces) return (await lance.add(data)).version;
      const merge = lance.mergeInsert('id').whenNotMatchedInsertAll();
      await (replaces ? merge.whenMatchedUpdateAll() : merge).execute(data);
      if (!replaces) return null;
      const replaced = table.whereReplaced(batch.map(({ view }) => view));
      const others = `(${replaced}) AND NOT (${sqlIn('id', ids)})`;
      if ((await lance.countRows(others)) > 0) await lance.delete(others);
      return null;
    },
    { signal },
  );
}

/** Python gives no table a key. */
async function ensureKey(lance: Table, schema: Arrow.Schema): Promise<void> {
  if (hasKey(schema)) return;
  try {
    await lance.setUnenforcedPrimaryKey('id');
  } catch (error) {
    // Another process was quicker.
    if (!hasKey(await lance.schema())) throw error;
  }
}

function hasKey({ fields }: Arrow.Schema): boolean {
  return fields.some((field) => field.name === 'id' && field.metadata.has(KEY_METADATA));
}
