import { abortable } from '../core/abortable.ts';

interface Shared<Result> {
  readonly result: Promise<Result>;
  readonly abandon: AbortController;
  waiting: number;
}

/** Calls that several may wait for, and that are made once; one that nobody waits for any more is aborted. */
export class SharedCalls<Result> {
  readonly #calls = new Map<string, Shared<Result>>();

  /**
   * @param key the same for the same call
   * @throws what the call throws, or the signal's reason when it aborted
   */
  async join(
    key: string,
    call: (options: { readonly signal: AbortSignal }) => Promise<Result>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Result> {
    signal.throwIfAborted();
    const shared = this.#calls.get(key) ?? this.#begin(key, call);
    shared.waiting += 1;
    try {
      return await abortable(shared.result, signal);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) this.#leave(key, shared);
    }
  }

  #begin(key: string, call: (options: { readonly signal: AbortSignal }) => Promise<Result>): Shared<Result> {
    const abandon = new AbortController();
    const shared = { result: call({ signal: abandon.signal }), abandon, waiting: 0 };
    // Whoever waited may be gone when it fails.
    shared.result.catch(() => {});
    this.#calls.set(key, shared);
    return shared;
  }

  #leave(key: string, shared: Shared<Result>): void {
    if (this.#calls.get(key) === shared) this.#calls.delete(key);
    shared.abandon.abort();
  }
}
