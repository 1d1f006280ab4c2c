import { TransportError } from './errors.ts';

/** Milliseconds to the next try: doubled with each that fails, up to the longest, and not the same for all clients. */
const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Has its place among all events: one that asks for what comes `after` a cursor gets all of that. */
export interface Placed {
  readonly cursor: string;
}

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each break of the connection; another try follows by itself. */
  readonly onBreak?: ((error: TransportError) => void) | undefined;
}

/**
 * The events of a subscription, each once and none left out, however often its connection breaks or its service starts
 * again. It ends where the service, asked again, has nothing more to tell: one that stops ends the following of a job that
 * it leaves INTERRUPTED, and the one that starts again goes on with it.
 * @param open subscribes to what comes after a cursor
 * @throws OperationError, TransportError where trying again cannot help; the signal's reason when it aborted
 */
export async function* follow<Event extends Placed>(
  open: (after: string | undefined) => AsyncIterable<Event>,
  { signal, onBreak }: FollowOptions = {},
): AsyncGenerator<Event, void> {
  let after: string | undefined;
  let failures = 0;
  let ended = false;
  for (;;) {
    try {
      for await (const event of open(after)) {
        after = event.cursor;
        failures = 0;
        ended = false;
        yield event;
      }
      if (ended) return;
      ended = true;
    } catch (error) {
      if (!(error instanceof TransportError && error.isPassing)) throw error;
      onBreak?.(error);
      failures += 1;
      ended = false;
    }
    await delay(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1)) * (1 + Math.random() / 2), signal);
  }
}

/** @throws the signal's reason when it aborted */
function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
