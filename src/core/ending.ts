/**
 * How a computation ends when it is told to: nothing new begins from the moment on that the signal
 * aborts, and what is under way then has a little time to be done.
 */
export class Ending implements Disposable {
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #graceMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal | undefined, graceMs: number) {
    this.#signal = signal;
    this.#graceMs = graceMs;
    if (signal?.aborted) this.#soon();
    else signal?.addEventListener('abort', this.#soon, { once: true });
  }

  /** Aborts when nothing new is to begin. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborts when nothing is to go on. */
  get abandon(): AbortSignal {
    return this.#abandon.signal;
  }

  now(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#abandon.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#soon);
    clearTimeout(this.#timer);
    this.now();
  }

  readonly #soon = () => {
    const reason: unknown = this.#signal?.reason;
    this.#stop.abort(reason);
    this.#timer = setTimeout(() => this.#abandon.abort(reason), this.#graceMs);
  };
}
