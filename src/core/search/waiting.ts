interface Shared {
  readonly keys: readonly string[];
  readonly ending: AbortController;
}

/** Who waits for what, where one call is made for all who wait: it is ended when nobody waits for any of it. */
export class Waiting {
  readonly #counts = new Map<string, number>();
  readonly #calls = new Set<Shared>();

  has(key: string): boolean {
    return this.#counts.has(key);
  }

  /** One more waits for the key. @returns says that it does not any more */
  join(key: string): () => void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return () => this.#leave(key);
  }

  /** A call for those keys; its signal aborts when nobody waits for one of them any more. */
  async during<Result>(keys: readonly string[], call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const shared = { keys, ending: new AbortController() };
    this.#calls.add(shared);
    try {
      return await call(shared.ending.signal);
    } finally {
      this.#calls.delete(shared);
    }
  }

  #leave(key: string): void {
    const left = (this.#counts.get(key) ?? 0) - 1;
    if (left > 0) {
      this.#counts.set(key, left);
      return;
    }
    this.#counts.delete(key);
    for (const { keys, ending } of this.#calls) if (!keys.some((each) => this.has(each))) ending.abort();
  }
}
