import type { EmbeddingProgress } from '../core/embedding-pipeline.ts';
import type { JobRecord } from './job-record.ts';
import { type JobLog, JobRun, type JobStop } from './job-run.ts';
import { HEARTBEAT_MS } from './lease.ts';

/** The jobs that are at work in this process. While there are any, it says again and again that it lives. */
export class JobRunner {
  readonly #record: JobRecord;
  readonly #log: JobLog;
  readonly #running = new Map<string, { readonly run: JobRun; readonly ended: Promise<void> }>();
  #heartbeat: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(record: JobRecord, log: JobLog) {
    this.#record = record;
    this.#log = log;
  }

  get isWorking(): boolean {
    return this.#running.size > 0;
  }

  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  isMeasuring(id: string): boolean {
    return this.#running.get(id)?.run.measuring ?? false;
  }

  /**
   * Begins the work of a job that is queued here.
   * @param counted whether it is known already what had a vector when the job began
   * @param work is given the signal that ends it
   * @returns when the job has ended, whichever way
   */
  run(id: string, counted: boolean, work: (signal: AbortSignal) => AsyncIterable<EmbeddingProgress>): Promise<void> {
    const run = new JobRun(this.#record, id, { counted, log: this.#log });
    if (this.#stopped) run.stop('INTERRUPTED');
    const ended = run
      .work(work(run.signal))
      .catch((err) => this.#log.error({ err, job: id }, 'How a job ended cannot be recorded.'))
      .then(() => this.#forget(id));
    this.#running.set(id, { run, ended });
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
    return ended;
  }

  stop(id: string, state: JobStop['state']): void {
    this.#running.get(id)?.run.stop(state);
  }

  /** Lets the batches under way finish, leaves the jobs INTERRUPTED, and begins no more. */
  async interrupt(): Promise<void> {
    this.#stopped = true;
    for (const { run } of this.#running.values()) run.stop('INTERRUPTED');
    await Promise.all(Array.from(this.#running.values(), ({ ended }) => ended));
  }

  #forget(id: string): void {
    this.#running.delete(id);
    if (this.#running.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #beat(): void {
    try {
      const own = new Map(this.#record.renewLeases().map((job) => [job.id, job]));
      for (const [id, { run }] of this.#running) {
        const job = own.get(id);
        if (job === undefined) run.stop('TAKEN');
        else if (job.state === 'CANCELLING') run.stop('CANCELLED');
      }
    } catch (err) {
      const [job = ''] = this.#running.keys();
      this.#log.error({ err, job }, 'The record of jobs cannot be written.');
    }
  }
}
