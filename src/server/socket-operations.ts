import { MessageType } from 'graphql-ws';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';

/** Bytes of the largest message that is looked at here: one that ends an operation holds its id and no more. */
const LARGEST = 4_096;

const completed = z.object({ type: z.literal(MessageType.Complete), id: z.string() });

interface Running {
  /** Another object for another operation, though their ids are the same. */
  readonly payload: object;
  readonly left: AbortController;
}

/**
 * The operations of one WebSocket. graphql-ws itself forgets a query whose client ends it, or closes the socket, and
 * lets it go on: here each has a signal that aborts then.
 */
export class SocketOperations {
  readonly #running = new Map<string, Running>();

  constructor(socket: WebSocket) {
    socket.on('message', (data) => this.#leave(idOfCompleted(data)));
    socket.once('close', () => {
      for (const id of this.#running.keys()) this.#leave(id);
    });
  }

  /** @returns aborts when the client does not want the operation any more */
  begin(id: string, payload: object): AbortSignal {
    const left = new AbortController();
    this.#running.set(id, { payload, left });
    return left.signal;
  }

  end(id: string, payload: object): void {
    if (this.#running.get(id)?.payload === payload) this.#running.delete(id);
  }

  #leave(id: string | null): void {
    if (id === null) return;
    this.#running.get(id)?.left.abort();
    this.#running.delete(id);
  }
}

/** Of what is no message of the protocol graphql-ws tells the client. */
function idOfCompleted(data: RawData): string | null {
  if (!Buffer.isBuffer(data) || data.length > LARGEST) return null;
  try {
    return completed.safeParse(JSON.parse(data.toString())).data?.id ?? null;
  } catch {
    return null;
  }
}
