/** Batches: two in the model, one that waits for it, one that is prepared, and one that is read. */
const AT_ONCE = 5;

/**
 * Turns that many ask for and so many have at once. Who has waited longest is next: those who ask
 * again after each turn take them round robin.
 */
export class Turns {
  #free: number;
  #atOnce: number;
  readonly #waiting: (() => void)[] = [];

  /** @param atOnce turns that may be had at the same time */
  constructor(atOnce = AT_ONCE) {
    this.#free = atOnce;
    this.#atOnce = atOnce;
  }

  /** From now on there are so many turns at the same time, where there were fewer. */
  atLeast(atOnce: number): void {
    const more = atOnce - this.#atOnce;
    if (more <= 0) return;
    this.#atOnce = atOnce;
    for (let i = 0; i < more; i++) this.#pass();
  }

  /** Waits for a turn, which lasts until it is disposed of. @throws the signal's reason */
  async take({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#pass();
      },
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      reject(signal?.reason);
    };
    const next = () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.push(next);
    return promise;
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
