import { abortable } from './abortable.ts';

interface Call {
  /** Ends the waiting, and not a call that has begun. */
  readonly signal: AbortSignal | undefined;
}

/** Lets calls through together, or one of them alone; who waits to be alone goes before who comes after. */
export class Gate {
  readonly #together = new Set<Promise<unknown>>();
  /** Resolves when no call is, or waits to be, alone. */
  #alone: Promise<unknown> = Promise.resolve();

  async together<Result>(call: () => Promise<Result>, { signal }: Call): Promise<Result> {
    for (let awaited: unknown; awaited !== this.#alone; ) {
      awaited = this.#alone;
      await abortable(this.#alone, signal);
    }
    const running = call();
    this.#together.add(running);
    try {
      return await running;
    } finally {
      this.#together.delete(running);
    }
  }

  async alone<Result>(call: () => Promise<Result>, { signal }: Call): Promise<Result> {
    const before = this.#alone;
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    this.#alone = before.then(() => gone);
    try {
      const free = before.then(() => Promise.allSettled(this.#together));
      await abortable(free, signal);
      return await call();
    } finally {
      leave();
    }
  }
}

const gates = new WeakMap<object, Map<string, Gate>>();

/** The gate of what has this name among what the owner holds: one for all who ask. */
export function gateOf(owner: object, name: string): Gate {
  const named = gates.get(owner) ?? new Map<string, Gate>();
  const gate = named.get(name) ?? new Gate();
  gates.set(owner, named.set(name, gate));
  return gate;
}
