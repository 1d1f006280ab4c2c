import type { ShareLimits } from './limits.ts';

/** How many of something each client, and all together, have at this moment. */
export class Shares {
  readonly #limits: ShareLimits;
  readonly #ofClients = new Map<string, number>();
  #all = 0;

  constructor(limits: ShareLimits) {
    this.#limits = limits;
  }

  /**
   * Why this client can have no more, and the status that says so over HTTP; null where it can.
   * @param what one of them is, in the singular
   */
  refusal(client: string, what: string): { readonly message: string; readonly status: 429 | 503 } | null {
    const isOwn = (this.#ofClients.get(client) ?? 0) >= this.#limits.client;
    if (!isOwn && this.#all < this.#limits.all) return null;
    const [who, most] = isOwn
      ? ['This client has', this.#limits.client]
      : ['All clients together have', this.#limits.all];
    return {
      message: `${who} ${most} ${what}${most === 1 ? '' : 's'} open, and may have no more: end some`,
      status: isOwn ? 429 : 503,
    };
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
