import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../schema/caller.ts';
import type { SchemaContext } from '../schema/context.ts';
import type { Authentication } from './authentication.ts';

/** What is known of an operation before there is a context for it, whichever way it came. */
export interface OperationOrigin {
  /** Over HTTP. */
  readonly request?: Request;
  /** Node's own form of the request, over HTTP. */
  readonly req?: IncomingMessage;
  /** Over WebSocket: aborts when the client ends the operation, or its connection. */
  readonly left?: AbortSignal;
  /** Over WebSocket: who opened the connection. */
  readonly caller?: Caller;
}

export interface OperationContext extends SchemaContext {
  /** Ends the operation: `signal` is its signal. */
  readonly ending: AbortController;
  /** Node's own form of the answer, over HTTP: Yoga adds it. */
  readonly res?: ServerResponse | undefined;
}

/**
 * Makes the context of one operation, whose signal aborts when its client has gone.
 * @throws UnauthenticatedError
 */
export function operationContext(
  make: (caller: Caller, signal: AbortSignal) => SchemaContext,
  authentication: Authentication,
  { request, req, left, caller }: OperationOrigin,
): OperationContext {
  const ending = new AbortController();
  const gone = left ?? request?.signal;
  if (gone?.aborted) ending.abort(gone.reason);
  gone?.addEventListener('abort', () => ending.abort(gone.reason), { once: true });
  const address = req?.socket.remoteAddress ?? null;
  const known = caller ?? authentication.callerOf(request?.headers.get('authorization'), address);
  return { ...make(known, ending.signal), ending };
}
