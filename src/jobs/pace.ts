/** Turns given at once after a pause, and a second. */
const BURST = 20;
const PER_SECOND = 200;
const TICK_MS = 50;

/**
 * Gives turns in the order in which they are asked for, so many a second for all who ask: what a
 * thousand followers of a job cost is then what twenty do.
 */
export class Pace {
  readonly #waiting = new Set<() => void>();
  #turns = BURST;
  #ticking: NodeJS.Timeout | undefined;
  #open = false;

  /** Resolves at once while few ask, when it is told to let go, or when the signal aborts. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#open || signal?.aborted) return;
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref();
    if (this.#turns > 0 && this.#waiting.size === 0) {
      this.#turns -= 1;
      return;
    }
    await new Promise<void>((resolve) => {
      const go = () => {
        this.#waiting.delete(go);
        signal?.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', go);
    });
  }

  /** From now on nobody waits. */
  letGo(): void {
    this.#open = true;
    for (const go of this.#waiting) go();
    clearInterval(this.#ticking);
  }

  #tick(): void {
    this.#turns = Math.min(BURST, this.#turns + (PER_SECOND * TICK_MS) / 1000);
    for (const go of this.#waiting) {
      if (this.#turns === 0) return;
      this.#turns -= 1;
      go();
    }
    if (this.#turns < BURST) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
