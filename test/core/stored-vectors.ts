import type { EmbeddingTable } from '../../src/core/embedding-table.ts';

/** The vectors of a table by the key of their view, as its layout names it. */
export async function vectorsOf(table: EmbeddingTable): Promise<Map<string, Float32Array>> {
  const stored = await table.list({}, { limit: 1_000_000 });
  return new Map(stored.map((embedding) => [table.layout.keyOf(embedding.view), embedding.vector]));
}

/** The largest difference of a component; infinite where one of the vectors is not there. */
export function worstDifference(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, component, index) => Math.max(worst, Math.abs(component - (b[index] ?? Number.NaN))), 0);
}
