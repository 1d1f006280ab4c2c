import type * as Arrow from 'apache-arrow';
import { cosineOf, dotProducts } from '../cosine.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { EmbeddingReference } from '../layout.ts';
import { vectorsOf } from '../vector-batches.ts';

/** What is compared with the rows of a table. */
export interface QueryVector {
  readonly vector: Float32Array;
  /** Whether the query and the table's vectors all have length 1; null where that is not known. */
  readonly normalized: boolean | null;
}

/** A row of an embedding table and how near it is to the query. */
export interface Candidate extends EmbeddingReference {
  /** As Pixano gives it for this table: squared L2, or 1 - cos for 0.8's own table. */
  readonly distance: number;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
}

/** Whether the similarity follows from the distance, and the stored vector need not be read. */
export function distanceTells({ space }: EmbeddingTable, { normalized }: QueryVector): boolean {
  return space.distance === 'cosine' || normalized === true;
}

/** The rows of a batch that Lance has compared. One without a direction, or too long for single floats, is comparable to none. */
export function* candidatesOf(
  table: EmbeddingTable,
  query: QueryVector,
  batch: Arrow.RecordBatch,
): Generator<Candidate> {
  const distances = batch.getChild('_distance');
  const vectorAt = vectorsOf(batch, table);
  const referenceAt = table.layout.embeddingReferences(batch);
  const told = distanceTells(table, query);
  for (let row = 0; row < batch.numRows; row++) {
    const distance = Number(distances?.get(row));
    if (!Number.isFinite(distance)) continue;
    const cosine = told ? toldBy(distance, table) : cosineOf(query.vector, vectorAt(row));
    yield { ...referenceAt(row), distance, similarity: clamped(cosine) };
  }
}

/** What Lance would say, to a few parts in ten million: it computes in single floats. */
export function compared(table: EmbeddingTable, { vector: query }: QueryVector, stored: Float32Array) {
  const { ab: dot, aa: a, bb: b } = dotProducts(query, stored);
  const cosine = a === 0 || b === 0 ? 0 : dot / Math.sqrt(a * b);
  const { distance } = table.space;
  const exact =
    distance === 'l2' ? Math.max(0, a + b - 2 * dot) : 1 - (distance === 'dot' ? dot : dot / Math.sqrt(a * b));
  return { distance: Math.fround(exact), similarity: clamped(cosine) };
}

/** For vectors of length 1, the squared distance is 2 - 2 cos. */
function toldBy(distance: number, { space }: EmbeddingTable): number {
  return space.distance === 'l2' ? 1 - distance / 2 : 1 - distance;
}

function clamped(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
