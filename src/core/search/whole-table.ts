import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Call } from '../call.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
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
  { signal }: Call,
): AsyncGenerator<Candidate[]> {
  for await (const batch of everyVector(table, { signal })) {
    const vectorAt = vectorsOf(batch, table);
    const referenceAt = table.layout.embeddingReferences(batch);
    for (let start = 0; start < batch.numRows; start += ROWS_A_TURN) {
      signal?.throwIfAborted();
      const farthest = Math.min(maxDistance, ranking.farthest);
      const candidates: Candidate[] = [];
      for (let row = start; row < Math.min(batch.numRows, start + ROWS_A_TURN); row++) {
        const stored = vectorAt(row);
        if (stored.length === 0) continue;
        const nearness = compared(table, query, stored);
        // What has no direction, or is too long for single floats, is comparable to none.
        if (Number.isFinite(nearness.distance) && nearness.distance <= farthest)
          candidates.push({ ...referenceAt(row), ...nearness });
      }
      yield candidates;
      await nextTurn();
    }
  }
}
