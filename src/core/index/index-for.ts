import type { EmbeddingTable } from '../embedding-table.ts';
import type { IndexChoice, VectorIndexes } from './vector-indexes.ts';

/**
 * How a search for the nearest `depth` rows of a whole table is to use its index; null where it must compare all rows:
 * there is no index, or the table is small, or it has grown by more than a tenth since, or the recall at that depth was
 * not measured for this very index or is below what was promised. Of a filtered search nothing was measured.
 *
 * It takes a fraction of a millisecond. The same object is given for as long as the choice is the same: another program
 * may replace the index meanwhile, so ask again after the search to know what it used.
 * @throws NotFoundError, DatasetUnreadableError
 */
export function indexFor(
  table: EmbeddingTable,
  depth: number,
  { dataset }: { readonly dataset: { readonly indexes: VectorIndexes } },
): Promise<IndexChoice | null> {
  return dataset.indexes.for(table, depth);
}
