import { Worker } from 'node:worker_threads';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Buffers of the request that become the thread's own. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface Pending<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * A thread that answers one request after the other, and the conversation with it. It begins with the first
 * request; one that has ended on its own begins anew with the next.
 */
export class WorkerThread<Request, Answer> implements AsyncDisposable {
  readonly #module: URL;
  readonly #data: unknown;
  readonly #pending = new Map<number, Pending<Answer>>();
  #running: { readonly worker: Worker; readonly exited: Promise<void> } | undefined;
  #lastId = 0;

  /** @param module calls `answerRequests` with what it makes of `data` */
  constructor(module: URL, data: unknown) {
    this.#module = module;
    this.#data = data;
  }

  /**
   * @throws what the thread throws of EmbeddingErrors; the signal's reason, as soon as the thread has noticed;
   *   MODEL_FAILED, transient, where the thread has failed otherwise or has ended
   */
  async ask(request: Request, { signal, transfer = [] }: AskOptions = {}): Promise<Answer> {
    signal?.throwIfAborted();
    this.#running ??= this.#start();
    const { worker } = this.#running;
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#pending.set(id, { resolve, reject });
    const send = (message: ToThread<Request>, list: readonly ArrayBuffer[] = []) => worker.postMessage(message, list);
    const cancel = () => send({ kind: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      send({ kind: 'request', id, request }, transfer);
      return await promise;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#pending.delete(id);
    }
  }

  /** Waits until the thread has answered and has let go of what it holds: a native library must not be cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    const end: ToThread<Request> = { kind: 'end' };
    this.#running?.worker.postMessage(end);
    await this.#running?.exited;
  }

  #start() {
    const worker = new Worker(this.#module, { workerData: this.#data });
    let reason = 'it was ended';
    worker.on('message', (answer: FromThread<Answer>) => this.#receive(answer));
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        this.#running = undefined;
        const error = new EmbeddingError('MODEL_FAILED', 'transient', `A thread of the model failed: ${reason}`);
        for (const { reject } of this.#pending.values()) reject(error);
        resolve();
      });
    });
    return { worker, exited };
  }

  #receive(answer: FromThread<Answer>): void {
    const pending = this.#pending.get(answer.id);
    if ('value' in answer) pending?.resolve(answer.value);
    else pending?.reject(new EmbeddingError(answer.error.code, answer.error.fault, answer.error.message));
  }
}
