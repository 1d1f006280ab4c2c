import { setImmediate as nextTurn } from 'node:timers/promises';
import { abortable } from '../abortable.ts';
import type { Call } from '../call.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { IndexChoice } from '../index/vector-indexes.ts';
import { timeLimit } from '../row.ts';
import { type Candidate, candidatesOf, distanceTells, type QueryVector } from './candidate.ts';

export interface NearestRows {
  /** How many. */
  readonly depth: number;
  /** Of which rows; all where it is null. */
  readonly where: string | null;
  /** Null: every row is compared. */
  readonly index: IndexChoice | null;
  readonly maxDistance: number;
}

export interface Nearest {
  /** Those within the distance, in any order; of rows at one distance the cut may have left some out. */
  readonly candidates: readonly Candidate[];
  /** Rows that came. */
  readonly rows: number;
  /** Whether some of them were beyond the distance: then all that are within it came. */
  readonly beyond: boolean;
}

/** Rows that are read in one turn of the event loop. */
const ROWS_A_TURN = 250;

/**
 * The rows nearest to a query, by Lance.
 * @throws DatasetUnreadableError, or the signal's reason
 */
export async function nearestRows(
  table: EmbeddingTable,
  query: QueryVector,
  { depth, where, index, maxDistance }: NearestRows,
  { signal, timeoutMs }: Call,
): Promise<Nearest> {
  const { space } = table;
  const lance = await table.lance();
  let plan = lance.vectorSearch(query.vector).column(space.vectorColumn).distanceType(space.distance).limit(depth);
  if (index === null) plan = plan.bypassVectorIndex();
  else {
    plan = plan.nprobes(index.nprobes);
    if (index.refineFactor !== undefined) plan = plan.refineFactor(index.refineFactor);
  }
  if (where !== null) plan = plan.where(where);
  const vectors = distanceTells(table, query) ? [] : [space.vectorColumn];
  const selected = plan.select([...table.referenceColumns, ...vectors, '_distance']);
  const { batches } = await abortable(selected.toArrow(timeLimit({ timeoutMs })), signal).catch((cause) => {
    signal?.throwIfAborted();
    throw table.unreadable(cause);
  });
  const candidates: Candidate[] = [];
  let rows = 0;
  for (const batch of batches) {
    for (let start = 0; start < batch.numRows; start += ROWS_A_TURN) {
      signal?.throwIfAborted();
      const part = batch.slice(start, start + ROWS_A_TURN);
      for (const candidate of candidatesOf(table, query, part))
        if (candidate.distance <= maxDistance) candidates.push(candidate);
      rows += part.numRows;
      if (rows < depth) await nextTurn();
    }
  }
  return { candidates, rows, beyond: candidates.length < rows };
}
