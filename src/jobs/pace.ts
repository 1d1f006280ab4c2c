/** Turns given at once after a pause. */
const BURST = 20;
/** Turns a second: an event takes about a fifth of a millisecond of the processor that the work needs. */
const PER_SECOND = { working: 100, idle: 1000 };
const TICK_MS = 50;

/**
 * Gives turns in the order in which they are asked for, so many a second for all who ask: what a
 * thousand followers of a job cost is then what ten do.
 */
export class Pace {
  readonly #waiting = new Set<() => void>();
  #turns = BURST;
  readonly #isWorking: () => boolean;
  #ticking: NodeJS.Timeout | undefined;
  #open = false;

  /** @param isWorking whether there is work in this process, which the turns are taken from */
  constructor(isWorking: () => boolean) {
    this.#isWorking = isWorking;
  }

  /** Resolves at once while few ask, when it is told to let go, or when the signal aborts. */
  async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#open || signal?.aborted) return;
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS);
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
    const perSecond = this.#isWorking() ? PER_SECOND.working : PER_SECOND.idle;
    this.#turns += (perSecond * TICK_MS) / 1000;
    for (const go of this.#waiting) {
      if (this.#turns < 1) return;
      this.#turns -= 1;
      go();
    }
    if (this.#turns < BURST) return;
    this.#turns = BURST;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}
