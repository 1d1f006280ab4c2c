import type { EmbeddingProgress } from '../core/embedding-pipeline.ts';
import { ViewfinderError } from '../core/errors.ts';
import type { ViewFailure } from '../core/view-failure.ts';
import type { EmbeddingJob } from './embedding-job.ts';
import type { JobChange, JobRecord } from './job-record.ts';
import { RateMeter } from './rate-meter.ts';

/** Milliseconds between two snapshots of a job that goes on. */
const SNAPSHOT_MS = 100;

/** Why a job's work is stopped from outside. */
export class JobStop extends Error {
  readonly state: 'CANCELLED' | 'INTERRUPTED' | 'TAKEN';

  constructor(state: JobStop['state']) {
    super(`The work on the job was stopped: ${state.toLowerCase()}.`);
    this.state = state;
  }
}

/** What the jobs tell of what goes wrong beside the answers to clients. */
export interface JobLog {
  error(fields: { readonly err: unknown; readonly job: string }, message: string): void;
}

/** One job at work in this process: from what it comes to, at most ten snapshots a second are recorded. */
export class JobRun {
  readonly #record: JobRecord;
  readonly #id: string;
  readonly #log: JobLog;
  readonly #stop = new AbortController();
  readonly #meter = new RateMeter();
  /** Whether it was known before this run what had a vector when the job began. */
  readonly #counted: boolean;
  #unrecorded: { progress: EmbeddingProgress; rate: number | null; failures: readonly ViewFailure[] } | undefined;
  #measuring = false;
  #recordedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(record: JobRecord, id: string, { counted, log }: { counted: boolean; log: JobLog }) {
    this.#record = record;
    this.#id = id;
    this.#counted = counted;
    this.#log = log;
  }

  /** Aborts when the work is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether it is being measured how its model is fastest here. */
  get measuring(): boolean {
    return this.#measuring;
  }

  /** Lets the batches under way finish and be written, and ends the work. */
  stop(state: JobStop['state']): void {
    this.#stop.abort(new JobStop(state));
  }

  /** Resolves when the job has ended, whichever way; rejects where that cannot be recorded. */
  async work(work: AsyncIterable<EmbeddingProgress>): Promise<void> {
    try {
      // The answer that names the job goes out before the work takes the processor.
      await new Promise(setImmediate);
      this.#advance([], ({ state, startedAt }) => ({
        startedAt: startedAt ?? new Date(),
        ...(state === 'QUEUED' && { state: 'RUNNING' }),
      }));
      for await (const progress of work) this.#take(progress);
      this.#end('SUCCEEDED');
    } catch (error) {
      if (this.#stop.signal.reason instanceof JobStop) return this.#endStopped(this.#stop.signal.reason.state);
      const cause: unknown = this.#stop.signal.aborted ? this.#stop.signal.reason : error;
      const known = cause instanceof ViewfinderError;
      if (!known) this.#log.error({ err: cause, job: this.#id }, 'An embedding job failed.');
      this.#end('FAILED', known ? cause.message : 'The job failed; the log says why.');
    } finally {
      clearTimeout(this.#timer);
    }
  }

  #take(progress: EmbeddingProgress): void {
    const { embedded, failed, measuring = false } = progress;
    this.#measuring = measuring;
    const rate = this.#meter.measure(embedded + failed, performance.now());
    const failures = [...(this.#unrecorded?.failures ?? []), ...progress.failures];
    this.#unrecorded = { progress, rate, failures };
    const wait = this.#recordedAt + SNAPSHOT_MS - performance.now();
    if (wait <= 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flushLater(), wait);
  }

  /** Nobody waits for a timer: what goes wrong here ends the work. */
  #flushLater(): void {
    try {
      this.#flush();
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unrecorded === undefined) return;
    const { progress, rate, failures } = this.#unrecorded;
    this.#advance(failures, (job, failed) => ({
      ...this.#counters(job, failed, progress),
      rate,
      etaSeconds: rate === null ? null : (progress.total - done(progress)) / rate,
      lastView: progress.last,
    }));
    this.#unrecorded = undefined;
    this.#recordedAt = performance.now();
  }

  /**
   * Counters of the whole job, of which this run may be but a part: what an earlier run embedded has a vector now and
   * counts as skipped in this one. None goes back.
   */
  #counters(job: EmbeddingJob, failed: number, progress: EmbeddingProgress): JobChange & { embedded: number } {
    const skipped = this.#counted ? job.skipped : progress.skipped;
    const embedded = Math.max(job.embedded, done(progress) - skipped - failed);
    return { skipped, embedded, total: Math.max(progress.total, embedded + skipped + failed) };
  }

  #end(state: EmbeddingJob['state'], error: string | null = null): void {
    this.#flush();
    this.#finish(() => state, error);
  }

  #endStopped(stop: JobStop['state']): void {
    if (stop === 'TAKEN') return;
    this.#flush();
    // Another process may have cancelled it a moment before this one was told to end.
    this.#finish(({ state }) => (state === 'CANCELLING' ? 'CANCELLED' : stop));
  }

  #finish(stateAfter: (job: EmbeddingJob) => EmbeddingJob['state'], error: string | null = null): void {
    const finished = { error, finishedAt: new Date(), etaSeconds: null };
    this.#advance([], (job) => ({ ...finished, state: stateAfter(job) }));
  }

  #advance(failures: readonly ViewFailure[], change: (job: EmbeddingJob, failed: number) => JobChange): void {
    const job = this.#record.advance(this.#id, failures, change);
    if (job === null) this.stop('TAKEN');
    else if (job.state === 'CANCELLING') this.stop('CANCELLED');
  }
}

function done({ embedded, skipped, failed }: EmbeddingProgress): number {
  return embedded + skipped + failed;
}
