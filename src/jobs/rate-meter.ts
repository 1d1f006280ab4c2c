/** Milliseconds of work that the rate is taken over. */
const WINDOW = 10_000;

/** How fast a counter has been going up over the last seconds. */
export class RateMeter {
  #samples: { readonly at: number; readonly count: number }[] = [];

  /**
   * @param count the counter now; it never goes down
   * @param at milliseconds, of any clock that never goes back
   * @returns counts a second; null before there is a difference to measure
   */
  measure(count: number, at: number): number | null {
    this.#samples.push({ at, count });
    // One sample from before the window stays, so that a slow job has a rate too.
    while ((this.#samples[1]?.at ?? at) < at - WINDOW) this.#samples.shift();
    const [first] = this.#samples;
    if (first === undefined || at <= first.at || count <= first.count) return null;
    return ((count - first.count) * 1000) / (at - first.at);
  }
}
