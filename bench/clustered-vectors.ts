/** Vectors of length 1 in clusters, as those of pictures lie; the same ones each time. */
export class ClusteredVectors {
  readonly dim: number;
  readonly #centres: Float32Array[];
  #random = uniform(1);

  constructor({ dim, clusters = 500 }: { dim: number; clusters?: number }) {
    this.dim = dim;
    this.#centres = Array.from({ length: clusters }, () => this.#gaussian());
  }

  /** Writes the next vector into `target`, from `offset` on. */
  fill(target: Float32Array, offset = 0): void {
    const centre = this.#centres[Math.floor(this.#random() * this.#centres.length)] ?? new Float32Array(this.dim);
    const noise = this.#gaussian();
    let squares = 0;
    for (let index = 0; index < this.dim; index++) {
      const value = (centre[index] ?? 0) + 0.7 * (noise[index] ?? 0);
      target[offset + index] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let index = offset; index < offset + this.dim; index++) target[index] = (target[index] ?? 0) / length;
  }

  /** The vector that stands for a text: always the same one, around the same centres as the others. */
  ofText(text: string): Float32Array {
    const others = this.#random;
    this.#random = uniform(
      Array.from(text).reduce((hash, character) => Math.imul(hash, 31) + (character.codePointAt(0) ?? 0), 17),
    );
    const vector = this.next();
    this.#random = others;
    return vector;
  }

  next(): Float32Array {
    const vector = new Float32Array(this.dim);
    this.fill(vector);
    return vector;
  }

  /** Sums of four uniform numbers, which are near enough and cost little. */
  #gaussian(): Float32Array {
    const random = this.#random;
    return Float32Array.from({ length: this.dim }, () => (random() + random() + random() + random() - 2) * 1.7);
  }
}

/** Numbers in [0, 1), by mulberry32. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
