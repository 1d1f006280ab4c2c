import { EmbeddingError } from '../plugins/embedding-plugin.ts';

/**
 * Each input with its vector. The contract's promises are checked, whichever host of plugins is behind
 * the port: what is written to a table cannot be taken back.
 * @throws EmbeddingError MODEL_FAILED, about the input where a number is not finite, else final
 */
export function pairVectors<Each extends object>(
  ready: readonly Each[],
  vectors: readonly Float32Array[],
  dimensions: number,
): (Each & { readonly vector: Float32Array })[] {
  const wrong = (what: string) => new EmbeddingError('MODEL_FAILED', 'final', `The model broke its contract: ${what}.`);
  if (vectors.length !== ready.length) throw wrong(`${vectors.length} vectors for ${ready.length} images`);
  return ready.map((each, index) => {
    const vector = vectors[index];
    if (vector?.length !== dimensions) throw wrong(`a vector of ${vector?.length} numbers and not ${dimensions}`);
    // Other pictures may do better.
    if (!vector.every(Number.isFinite)) {
      throw new EmbeddingError('MODEL_FAILED', 'input', 'The model gave a vector with a number that is not finite.');
    }
    return { ...each, vector };
  });
}
