import { EmbeddingError } from './embedding-plugin.ts';

/** A vector of a batch may be as far as this, of its length, from that of the same input alone: int8 graphs need it. */
const BATCH_TOLERANCE = 0.01;

/**
 * Notices a model that gives the vectors of a batch in another order than that of its inputs, by embedding one of them
 * alone: in the first batch of several inputs, and then each time that twice as many have been seen.
 */
export class OrderWatch {
  #batches = 0;
  #next = 0;

  /** Whether a batch is to be looked at. */
  get due(): boolean {
    return this.#batches >= this.#next;
  }

  /** A batch of several inputs has been embedded. */
  seen(): void {
    this.#batches++;
  }

  /** A batch has been looked at, the last one that was seen. */
  looked(): void {
    this.#next = this.#batches * 2;
  }
}

/**
 * Two equal inputs may stand for each other, and a vector that is near to none of the batch says nothing of order.
 *
 * @param alone the vector that the input at this place has in a batch of its own
 * @throws EmbeddingError MODEL_FAILED, final, where it is the vector of another place
 */
export function assertInOrder(vectors: readonly Float32Array[], place: number, alone: Float32Array): void {
  const [own = 0, ...others] = [
    distance(vectors[place], alone),
    ...vectors.filter((_, other) => other !== place).map((vector) => distance(vector, alone)),
  ];
  if (own <= BATCH_TOLERANCE || Math.min(...others) > own / 10) return;
  const message = 'The model is broken: it gave the vectors of a batch in another order than that of its inputs.';
  throw new EmbeddingError('MODEL_FAILED', 'final', message);
}

/** In units of the second one's length. */
function distance(vector: Float32Array | undefined, other: Float32Array): number {
  let difference = 0;
  let length = 0;
  for (const [index, value] of other.entries()) {
    difference += ((vector?.[index] ?? 0) - value) ** 2;
    length += value ** 2;
  }
  return Math.sqrt(difference / length);
}
