import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EmbeddingError } from './embedding-plugin.ts';
import type { CallRequest, LoadRequest, ModelAnswer, ModelRequest } from './model-protocol.ts';
import { StderrTail } from './stderr-tail.ts';

/** How long a process that was told to end may take for it. */
const GRACE_MS = 10_000;
/** How long the last words of a process that has ended are waited for. */
const LAST_WORDS_MS = 500;

interface Pending {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** A plugin has the same way to its parent, and may say anything on it. */
function isAnswer(message: unknown): message is ModelAnswer {
  return (
    typeof message === 'object' && message !== null && 'id' in message && ('value' in message || 'error' in message)
  );
}

/** A model's process and the conversation with it. */
export class ModelChannel {
  readonly #child: ChildProcess;
  readonly #stderr: StderrTail;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  /** Why nothing can be asked any more. */
  #death: EmbeddingError | undefined;

  constructor() {
    const entry = new URL(`./model-process${extname(import.meta.url)}`, import.meta.url);
    this.#child = fork(fileURLToPath(entry), [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#stderr = new StderrTail(this.#child.stderr);
    // An idle model must not keep a finished program alive: the timers of pending calls do that.
    this.#child.unref();
    this.#child.channel?.unref();
    if (this.#child.stderr instanceof Socket) this.#child.stderr.unref();
    this.#child.on('message', (message) => {
      if (isAnswer(message)) this.#receive(message);
    });
    this.#exited = this.#watchExit();
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#death === undefined;
  }

  /**
   * Asks and waits for the answer. A process that gives none within the time limit is ended.
   *
   * @param limitMs milliseconds
   * @throws EmbeddingError what the model threw, or MODEL_FAILED, transient, when its process has ended
   */
  request(request: LoadRequest | CallRequest, limitMs: number): Promise<unknown> {
    if (this.#death) return Promise.reject(this.#death);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      this.kill(`gave no answer to ${request.kind} within ${limitMs / 1000} s and was ended`);
    }, limitMs);
    this.#pending.set(request.id, { promise, resolve, reject, timer });
    this.#send(request);
    return promise;
  }

  /** Stops these calls, and releases what they prepared. */
  cancel(ids: readonly number[]): void {
    if (this.alive && ids.length > 0) this.#send({ kind: 'cancel', ids });
  }

  /** @param how what happened to the process, as the end of a sentence */
  kill(how: string): void {
    this.#die(how);
    this.#child.kill('SIGKILL');
  }

  /**
   * Waits for the calls under way, lets the model be disposed of, and resolves when the process is gone.
   * One that does not go within the grace period is killed.
   */
  async end(graceMs = GRACE_MS): Promise<void> {
    await Promise.allSettled(Array.from(this.#pending.values(), ({ promise }) => promise));
    if (this.alive) this.#send({ kind: 'end' });
    const timer = setTimeout(() => this.kill('was ended'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #send(request: ModelRequest): void {
    // Where it cannot be sent, the process is ending, which rejects what is pending.
    this.#child.send(request, () => {});
  }

  #receive(answer: ModelAnswer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    clearTimeout(pending.timer);
    if ('error' in answer) {
      const { code, fault, message } = answer.error;
      pending.reject(new EmbeddingError(code, fault, message));
    } else pending.resolve(answer.value);
  }

  async #watchExit(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    const how = await new Promise<string>((resolve) => {
      this.#child.on('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      });
    });
    // A process of its own making may hold stderr open for long.
    if (this.alive) await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    this.#die(how);
  }

  #die(how: string): void {
    if (this.#death) return;
    const lastWords = this.#stderr.last;
    const message = `The model's process ${how}${lastWords === undefined ? '.' : `; it last said: ${lastWords}`}`;
    this.#death = new EmbeddingError('MODEL_FAILED', 'transient', message);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#death);
    }
    this.#pending.clear();
  }
}
