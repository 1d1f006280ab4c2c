import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Arrow from 'apache-arrow';
import type { EmbeddingTable } from '../embedding-table.ts';
import { batchRows } from '../row.ts';
import { everyVector, vectorsOf } from '../vector-batches.ts';
import { type Candidate, compared, type QueryVector } from './candidate.ts';
import type { Ranking } from './ranking.ts';

/** Rows that are compared in one turn of the event loop. */
const ROWS_A_TURN = 1_024;

/**
 * Goes through a table once, a few thousand rows in memory at a time, and gives those of them that are
 * near enough for a ranking, batch by batch and in any order.
 * @throws DatasetUnreadableError, or the signal's reason
 */
export async function* everyNearRow(
  table: EmbeddingTable,
  query: QueryVector,
  { maxDistance, ranking }: { readonly maxDistance: number; readonly ranking: Ranking },
  signal: AbortSignal | undefined,
): AsyncGenerator<Candidate[]> {
  for await (const batch of everyVector(table)) {
    for (let start = 0; start < batch.numRows; start += ROWS_A_TURN) {
      signal?.throwIfAborted();
      const part = batch.slice(start, start + ROWS_A_TURN);
      yield [...nearEnough(table, query, part, Math.min(maxDistance, ranking.farthest))];
      await nextTurn();
    }
  }
}

function* nearEnough(
  table: EmbeddingTable,
  query: QueryVector,
  batch: Arrow.RecordBatch,
  farthest: number,
): Generator<Candidate> {
  const vectorAt = vectorsOf(batch, table);
  const references = batch.select([...table.referenceColumns]);
  for (let index = 0; index < batch.numRows; index++) {
    const stored = vectorAt(index);
    if (stored.length === 0) continue;
    const nearness = compared(table, query, stored);
    // False of NaN as well: what has no direction is comparable to none.
    if (!(nearness.distance <= farthest)) continue;
    const [row] = batchRows(table.name, references.slice(index, index + 1));
    if (row !== undefined) yield { ...table.layout.embeddingReference(row), ...nearness };
  }
}
