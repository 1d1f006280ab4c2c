import type { Dataset } from '../../../src/core/dataset.ts';
import { embeddingBatch } from '../../../src/core/embedding-batch.ts';
import type { EmbeddingTable } from '../../../src/core/embedding-table.ts';
import { makeTableOf } from '../tutorial.ts';

export const DIMENSIONS = 32;
const CLUSTERS = 40;

/** Vectors of length 1 around `CLUSTERS` centres, the same for the same seed. */
export class ClusteredVectors {
  #state: number;
  readonly #centres: Float32Array[];

  constructor(seed = 1) {
    this.#state = 1;
    this.#centres = Array.from({ length: CLUSTERS }, () => this.#gaussians());
    this.#state = seed * 7919;
  }

  next(spread = 0.5): Float32Array {
    const centre = this.#centres[Math.floor(this.#random() * CLUSTERS)] ?? new Float32Array(DIMENSIONS);
    const noise = this.#gaussians();
    const vector = centre.map((component, index) => component + spread * (noise[index] ?? 0));
    const length = Math.hypot(...vector);
    return vector.map((component) => component / length);
  }

  take(count: number): Float32Array[] {
    return Array.from({ length: count }, () => this.next());
  }

  #gaussians(): Float32Array {
    return Float32Array.from({ length: DIMENSIONS }, () => {
      return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    });
  }

  #random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }
}

/** A table of the plugin `touchy` whose rows have these vectors, and views that are not in the dataset. */
export async function clusteredTable(
  dataset: Dataset,
  vectors: readonly Float32Array[],
  { name = 'emb', text = false }: { readonly name?: string; readonly text?: boolean } = {},
): Promise<EmbeddingTable> {
  const options = { dimensions: DIMENSIONS, located: DIMENSIONS, text };
  const table = await makeTableOf(dataset, name, { embeddingFunction: 'touchy', options, dimensions: DIMENSIONS });
  if (vectors.length > 0) await addVectors(table, vectors);
  return table;
}

export async function addVectors(table: EmbeddingTable, vectors: readonly Float32Array[]): Promise<void> {
  const lance = await table.lance();
  const { layout, space } = table;
  const from = await lance.countRows();
  const medium = { width: 1, height: 1, format: null, image: true, address: '' };
  const rows = vectors.map((vector, index) => {
    const id = `row-${from + index}`;
    return layout.embeddingRow({ view: { table: 'image', id, itemId: id, ...medium }, vector }, id, space);
  });
  await lance.add(embeddingBatch(rows, vectors, await lance.schema(), space.vectorColumn));
}
