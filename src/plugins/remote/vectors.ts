import { EmbeddingError } from '../embedding-plugin.ts';

/** Little-endian float32 numbers in base64. @throws EmbeddingError final */
export function base64Vector(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw wrongAnswer(`a vector of ${bytes.length} bytes, which is no whole number of float32`);
  }
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/**
 * @param dimensions length of every vector; undefined before it is known
 * @throws EmbeddingError final where the answer is not what was asked for; about the input where a number of its
 *   vector is not finite, for of other inputs the server may make good ones
 */
export function checkVectors(vectors: readonly Float32Array[], inputs: number, dimensions: number | undefined): void {
  if (vectors.length !== inputs) throw wrongAnswer(`${vectors.length} vectors for ${inputs} inputs`);
  const length = dimensions ?? vectors[0]?.length;
  for (const vector of vectors) {
    if (vector.length === 0) throw wrongAnswer('a vector without numbers');
    if (vector.length !== length) throw wrongAnswer(`a vector of ${vector.length} numbers, where ${length} are right`);
    if (!vector.every(Number.isFinite)) {
      throw new EmbeddingError('MODEL_FAILED', 'input', 'The server gave a vector with a number that is not finite.');
    }
  }
}

/** The same direction, length 1; nothing points nowhere. @throws EmbeddingError about the input */
export function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length === 0) throw new EmbeddingError('MODEL_FAILED', 'input', 'The server gave a vector of zeros.');
  return vector.map((number) => number / length);
}

export function wrongAnswer(what: string): EmbeddingError {
  return new EmbeddingError('MODEL_FAILED', 'final', `The server answers wrongly: it gave ${what}.`);
}
