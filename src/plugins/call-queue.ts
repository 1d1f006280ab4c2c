/** Lets so many calls run at once, in the order in which they came. */
export class CallQueue {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Rejects with the signal's reason as soon as it aborts. A call that already runs keeps its place until
   * it has settled.
   */
  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const start = () => {
      this.#running++;
      call()
        .then(resolve, reject)
        .finally(() => {
          this.#running--;
          this.#startNext();
        });
    };
    const abort = () => {
      const place = this.#waiting.indexOf(start);
      if (place >= 0) this.#waiting.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.push(start);
    this.#startNext();
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #startNext(): void {
    if (this.#running < this.#limit) this.#waiting.shift()?.();
  }
}
