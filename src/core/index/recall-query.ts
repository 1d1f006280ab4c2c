import type { Table } from '@lancedb/lancedb';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { MeasuringQuery } from './measuring-queries.ts';

/** How one search of the index goes. */
export interface Probing {
  readonly nprobes: number;
  readonly refineFactor: number | null;
}

/** How far a distance that is reckoned in another order of the components may be off. */
const ROUNDING = 1e-5;

/**
 * Distances of the nearest rows, ascending: of all rows, or of those that the index finds. The row whose vector the
 * query is, is none of them.
 * @throws DatasetUnreadableError
 */
export async function nearestDistances(
  table: EmbeddingTable,
  snapshot: Table,
  { vector, rowId }: MeasuringQuery,
  count: number,
  probing: Probing | null,
): Promise<number[]> {
  const { space } = table;
  const search = snapshot
    .vectorSearch(vector)
    .column(space.vectorColumn)
    .distanceType(space.distance)
    .select(['_distance'])
    .withRowId()
    .limit(rowId === null ? count : count + 1);
  if (probing === null) search.bypassVectorIndex();
  else search.nprobes(probing.nprobes);
  if (probing?.refineFactor) search.refineFactor(probing.refineFactor);
  const found = await search.toArrow().catch((cause: unknown) => {
    throw table.unreadable(cause);
  });
  const distances = found.getChild('_distance');
  const rowIds = found.getChild('_rowid');
  const nearest: number[] = [];
  for (let index = 0; index < found.numRows; index++) {
    const distance: unknown = distances?.get(index);
    if (typeof distance === 'number' && (rowId === null || rowIds?.get(index) !== rowId)) nearest.push(distance);
  }
  return nearest.sort((a, b) => a - b).slice(0, count);
}

/**
 * The share of the nearest rows that was found. Rows at the same distance are as good as each other, so distances are
 * compared and not rows: those of the index are of the vectors themselves too.
 * @param exact all of the nearest, ascending
 */
export function recallOf(exact: readonly number[], found: readonly number[]): number {
  const farthest = exact.at(-1);
  if (farthest === undefined) return 1;
  const limit = farthest + ROUNDING * Math.abs(farthest) + Number.EPSILON;
  return Math.min(1, found.filter((distance) => distance <= limit).length / exact.length);
}
