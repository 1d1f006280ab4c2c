import type { Client } from 'graphql-ws/client';
import { TransportError } from './errors.ts';
import type { Endpoint, OperationRequest } from './request.ts';

/** What HTTP would say in the place of a code with which the service closes a socket. */
const STATUS_OF_CLOSE: Readonly<Record<number, number>> = { 4400: 400, 4401: 401, 4403: 403, 4500: 500 };

/** Subscriptions over one WebSocket (`graphql-transport-ws`), which is open while there are any. */
export class WebSocketSubscriptions {
  readonly #endpoint: Endpoint;
  #client: Promise<Client> | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /**
   * The results of one subscription; it ends where the service says so.
   * @throws TransportError where the connection breaks; the signal's reason when it aborted
   */
  async *subscribe(
    { query, variables }: OperationRequest,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<unknown, void> {
    signal?.throwIfAborted();
    this.#client ??= connect(this.#endpoint);
    const results = (await this.#client).iterate({ query, variables: { ...variables } });
    const leave = () => results.return?.();
    signal?.addEventListener('abort', leave);
    try {
      yield* results;
    } catch (cause) {
      // The operation was refused: that is its result.
      if (Array.isArray(cause)) yield { errors: cause };
      else throw broken(cause);
    } finally {
      signal?.removeEventListener('abort', leave);
      await leave();
    }
    signal?.throwIfAborted();
  }
}

async function connect({ url, token }: Endpoint): Promise<Client> {
  // Who follows over server-sent events does not load it.
  const { createClient } = await import('graphql-ws/client');
  return createClient({
    url: url.replace(/^http/, 'ws'),
    ...(token === undefined ? {} : { connectionParams: { Authorization: `Bearer ${token}` } }),
    // Whoever follows begins anew, behind what was seen.
    retryAttempts: 0,
  });
}

function broken(cause: unknown): TransportError {
  // Its parts are no properties of its own.
  const closed = typeof cause === 'object' && cause !== null && 'code' in cause && 'reason' in cause ? cause : null;
  const status = STATUS_OF_CLOSE[Number(closed?.code)] ?? null;
  if (status === null) return new TransportError('The connection to the service broke.', { cause });
  return new TransportError(`The service closed the connection: ${closed?.reason}`, { status, cause });
}
