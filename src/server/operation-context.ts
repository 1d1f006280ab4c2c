import type { IncomingMessage } from 'node:http';
import type { SchemaContext } from '../schema/context.ts';

/** What is known of an operation before there is a context for it, whichever way it came. */
export interface OperationOrigin {
  /** Over HTTP. */
  readonly request?: Request;
  /** Node's own form of the request, over HTTP. */
  readonly req?: IncomingMessage;
  /** Over WebSocket: aborts when the client ends the operation, or its connection. */
  readonly left?: AbortSignal;
  /** Over WebSocket: the address of the client. */
  readonly client?: string;
}

export interface OperationContext extends SchemaContext {
  /** Ends the operation: `signal` is its signal. */
  readonly ending: AbortController;
  /** The address of the client. */
  readonly client: string;
}

/** Makes the context of one operation, whose signal aborts when its client has gone. */
export function operationContext(
  make: (signal: AbortSignal) => SchemaContext,
  { request, req, left, client }: OperationOrigin,
): OperationContext {
  const ending = new AbortController();
  const gone = left ?? request?.signal;
  if (gone?.aborted) ending.abort(gone.reason);
  gone?.addEventListener('abort', () => ending.abort(gone.reason), { once: true });
  return { ...make(ending.signal), ending, client: client ?? req?.socket.remoteAddress ?? '' };
}
