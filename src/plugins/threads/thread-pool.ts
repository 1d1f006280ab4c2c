import { type AskOptions, WorkerThread } from './worker-thread.ts';

/** Threads that do the same, each for one request at a time; what is asked while all are at work waits. */
export class ThreadPool<Request, Answer> implements AsyncDisposable {
  readonly #threads: readonly WorkerThread<Request, Answer>[];
  readonly #idle: WorkerThread<Request, Answer>[];
  readonly #waiting: ((thread: WorkerThread<Request, Answer>) => void)[] = [];

  constructor(module: URL, data: unknown, size: number) {
    this.#threads = Array.from({ length: size }, () => new WorkerThread<Request, Answer>(module, data));
    this.#idle = this.#threads.toReversed();
  }

  /** As {@link WorkerThread.ask}. A thread begins when it is needed for the first time. */
  async ask(request: Request, options: AskOptions = {}): Promise<Answer> {
    const thread = this.#idle.pop() ?? (await this.#nextIdle());
    try {
      return await thread.ask(request, options);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(thread);
      else this.#idle.push(thread);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }

  #nextIdle(): Promise<WorkerThread<Request, Answer>> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
