/** Decisions that follow from a number: the same number makes the same ones. */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(count: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  }

  of<Each>(list: readonly Each[]): Each {
    const chosen = list[this.below(Math.max(1, list.length))];
    if (chosen === undefined) throw new Error('There is nothing to choose from.');
    return chosen;
  }

  /** Whether what happens in one of `rarity` cases does. */
  rarely(rarity: number): boolean {
    return this.below(rarity) === 0;
  }
}
