/** Ctrl-C and SIGTERM as a signal, until it is disposed of: from then on they end the process at once again. */
export class Interruption implements Disposable {
  readonly #interrupted = new AbortController();
  readonly #interrupt = () => this.#interrupted.abort();

  constructor() {
    process.once('SIGINT', this.#interrupt).once('SIGTERM', this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#interrupt).off('SIGTERM', this.#interrupt);
  }
}
