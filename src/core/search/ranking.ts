import type { Candidate } from './candidate.ts';

export interface Ranked extends Candidate {
  /** Of what it is the nearest row: an item, or a view. */
  readonly key: string;
}

/**
 * The nearest row of each item, or view, nearest first. Those at one distance are in the order of their
 * keys, so that the order does not depend on where the rows are.
 */
export class Ranking {
  readonly #best = new Map<string, Ranked>();
  readonly #most: number;
  #farthest = Number.POSITIVE_INFINITY;

  /** @param most keys that are kept, the nearest ones */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** What is farther is of no use any more. */
  get farthest(): number {
    return this.#farthest;
  }

  /** Whether keys may have been left out. */
  get full(): boolean {
    return Number.isFinite(this.#farthest);
  }

  add(ranked: Ranked): void {
    if (ranked.distance > this.#farthest) return;
    const best = this.#best.get(ranked.key);
    if (best !== undefined && before(best, ranked)) return;
    this.#best.set(ranked.key, ranked);
    if (this.#best.size > this.#most * 2 + 64) this.#cut();
  }

  ranked(): Ranked[] {
    return [...this.#best.values()].sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #cut(): void {
    const kept = this.ranked().slice(0, this.#most);
    this.#best.clear();
    for (const each of kept) this.#best.set(each.key, each);
    this.#farthest = kept.at(-1)?.distance ?? this.#farthest;
  }
}

/** Keys are distinct, but for two rows of one key, of which the views may be. */
function before(a: Ranked, b: Ranked): boolean {
  if (a.distance !== b.distance) return a.distance < b.distance;
  if (a.key !== b.key) return a.key < b.key;
  return a.view.id <= b.view.id;
}
