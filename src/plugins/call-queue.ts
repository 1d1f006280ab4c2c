/** Lets so many calls run at once, the urgent ones first, each kind in the order in which they came. */
export class CallQueue {
  readonly #limit: number;
  readonly #urgent: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Rejects with the signal's reason as soon as it aborts. A call that already runs keeps its place until
   * it has settled.
   */
  async run<T>(call: () => Promise<T>, urgent: boolean, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const queue = urgent ? this.#urgent : this.#others;
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
      const place = queue.indexOf(start);
      if (place >= 0) queue.splice(place, 1);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    queue.push(start);
    this.#startNext();
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  #startNext(): void {
    if (this.#running < this.#limit) (this.#urgent.shift() ?? this.#others.shift())?.();
  }
}
