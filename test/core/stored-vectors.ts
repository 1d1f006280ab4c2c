import type { EmbeddingTable } from '../../src/core/embedding-table.ts';

/** The vectors of a table by the key of their view, as its layout names it. */
export async function vectorsOf(table: EmbeddingTable): Promise<Map<string, Float32Array>> {
  const rows = await Array.fromAsync(table.rows());
  const vectors = await table.vectors(rows.map(({ id }) => id));
  return new Map(rows.map(({ view }, index) => [table.layout.keyOf(view), vectors[index] ?? new Float32Array(0)]));
}

/** The largest difference of a component; infinite where one of the vectors is not there. */
export function worstDifference(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, component, index) => Math.max(worst, Math.abs(component - (b[index] ?? Number.NaN))), 0);
}
