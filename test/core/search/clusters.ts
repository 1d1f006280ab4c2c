import { DIMENSIONS } from './generated-dataset.ts';

const CLUSTERS = 50;

/** Vectors around `CLUSTERS` centres; the same ones for the same seed. */
export class Clusters {
  #state: number;
  readonly #centres: readonly Float32Array[];

  constructor(seed: number) {
    this.#state = seed;
    this.#centres = Array.from({ length: CLUSTERS }, () => this.#noise(2));
  }

  next(): Float32Array {
    const centre = this.#centres[Math.floor(this.#random() * CLUSTERS)] ?? new Float32Array(DIMENSIONS);
    const noise = this.#noise(0.7);
    return centre.map((value, index) => value + (noise[index] ?? 0));
  }

  #noise(size: number): Float32Array {
    return Float32Array.from({ length: DIMENSIONS }, () => (this.#random() + this.#random() - 1) * size);
  }

  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
