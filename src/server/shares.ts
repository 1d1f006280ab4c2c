import type { ShareLimits } from './limits.ts';

/** How many of something each client, and all together, have at this moment. */
export class Shares {
  readonly limits: ShareLimits;
  readonly #ofClients = new Map<string, number>();
  #all = 0;

  constructor(limits: ShareLimits) {
    this.limits = limits;
  }

  /** Whose share is used up, so that this client can have no more; null where it can. */
  usedUp(client: string): keyof ShareLimits | null {
    if ((this.#ofClients.get(client) ?? 0) >= this.limits.client) return 'client';
    return this.#all >= this.limits.all ? 'all' : null;
  }

  /** @returns gives it back, once, however often it is called */
  take(client: string): () => void {
    this.#add(client, 1);
    let held = true;
    return () => {
      if (held) this.#add(client, -1);
      held = false;
    };
  }

  #add(client: string, change: 1 | -1): void {
    this.#all += change;
    const count = (this.#ofClients.get(client) ?? 0) + change;
    if (count === 0) this.#ofClients.delete(client);
    else this.#ofClients.set(client, count);
  }
}
