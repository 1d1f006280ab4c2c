import { parentPort } from 'node:worker_threads';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** What a thread does. */
export interface Answerer<Request, Answer> extends AsyncDisposable {
  answer(request: Request, signal: AbortSignal): Promise<Answer>;
}

/**
 * The other side of a WorkerThread: answers its requests, one after the other, until it is told to end.
 *
 * @param opening where it fails, every request is answered with its error
 */
export function answerRequests<Request, Answer>(opening: Promise<Answerer<Request, Answer>>): void {
  const port = parentPort;
  if (port === null) throw new Error('This module is for a worker thread.');
  const controllers = new Map<number, AbortController>();
  let last: Promise<void> = opening.then(
    () => {},
    () => {},
  );
  const answer = async (id: number, request: Request, signal: AbortSignal) => {
    const send = (message: FromThread<Answer>) => port.postMessage(message);
    try {
      const answerer = await opening;
      signal.throwIfAborted();
      send({ id, value: await answerer.answer(request, signal) });
    } catch (error) {
      send({ id, error: errorData(error) });
    } finally {
      controllers.delete(id);
    }
  };
  port.on('message', (message: ToThread<Request>) => {
    switch (message.kind) {
      case 'cancel':
        controllers.get(message.id)?.abort();
        return;
      case 'request': {
        const { id, request } = message;
        const controller = new AbortController();
        controllers.set(id, controller);
        last = last.then(() => answer(id, request, controller.signal));
        return;
      }
      case 'end':
        void last
          .then(async () => (await opening)[Symbol.asyncDispose]())
          .catch(() => {})
          .finally(() => port.close());
    }
  });
}

function errorData(error: unknown): Pick<EmbeddingError, 'code' | 'fault' | 'message'> {
  if (error instanceof EmbeddingError) return { code: error.code, fault: error.fault, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'MODEL_FAILED', fault: 'transient', message: `The model failed: ${message}` };
}
