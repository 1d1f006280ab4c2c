import { randomUUID } from 'node:crypto';
import type { Dataset } from '../core/dataset.ts';
import { locatedModel } from '../core/embedding-models.ts';
import type { EmbeddingProgress } from '../core/embedding-pipeline.ts';
import { ConflictError, ViewfinderError } from '../core/errors.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import { type EmbeddingJob, isFinished, type JobFailure } from './embedding-job.ts';
import { JobFeed } from './job-feed.ts';
import { RateMeter } from './rate-meter.ts';

export interface StartJobInput {
  readonly table: string;
  readonly selection?: ViewSelection | undefined;
  readonly recompute?: boolean | undefined;
}

/** What the jobs tell of what goes wrong beside the answers to clients. */
export interface JobLog {
  error(fields: { readonly err: unknown; readonly job: string }, message: string): void;
}

/** Runs the embedding jobs of this process, one at a time for a table, and remembers them while it lives. */
export class EmbeddingJobs implements AsyncDisposable {
  readonly #feeds = new Map<string, JobFeed>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #log: JobLog;

  constructor(log: JobLog) {
    this.#log = log;
  }

  /**
   * Begins to bring a table up to date.
   * @throws NotFoundError, ValidationError, PluginError before there is a job
   * @throws ConflictError JOB_RUNNING, which names the job that is at work on the table
   */
  async start(dataset: Dataset, { table, selection = {}, recompute = false }: StartJobInput): Promise<EmbeddingJob> {
    const found = await dataset.embeddingTable(table);
    const { space } = found;
    await locatedModel(dataset.models, space.embeddingFunction, space.options);
    const { total } = await dataset.selectViews(found, selection, { replace: recompute });
    const running = this.runningOn(dataset, table);
    if (running !== null) {
      throw new ConflictError('JOB_RUNNING', `A job is already computing the table "${table}".`, { jobId: running.id });
    }
    const feed = new JobFeed(newJob(dataset, table, total));
    const { id } = feed.job;
    this.#feeds.set(id, feed);
    const work = dataset.computeViewEmbeddings(table, selection, { recompute, signal: this.#stop.signal });
    this.#running.set(
      id,
      this.#run(feed, work).finally(() => this.#running.delete(id)),
    );
    return feed.job;
  }

  get(id: string): EmbeddingJob | null {
    return this.#feeds.get(id)?.job ?? null;
  }

  /** The job that is at work on a table, or waits to be. */
  runningOn(dataset: Dataset, table: string): EmbeddingJob | null {
    for (const { job } of this.#feeds.values()) {
      if (job.dataset === dataset.folder && job.table === table && !isFinished(job)) return job;
    }
    return null;
  }

  /** Null where there is no such job. */
  feed(id: string): JobFeed | null {
    return this.#feeds.get(id) ?? null;
  }

  /** Lets the batches under way finish, and leaves the jobs INTERRUPTED. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The service is stopping.'));
    await Promise.allSettled(this.#running.values());
  }

  async #run(feed: JobFeed, work: AsyncIterable<EmbeddingProgress>): Promise<void> {
    const update = (change: Partial<EmbeddingJob>) =>
      feed.publish({ ...feed.job, ...change, revision: feed.job.revision + 1 });
    // The answer that names the job goes out before the work takes the processor.
    await new Promise(setImmediate);
    update({ state: 'RUNNING', startedAt: new Date() });
    try {
      const meter = new RateMeter();
      for await (const progress of work) update(advance(feed.job, progress, meter));
      update({ state: 'SUCCEEDED', finishedAt: new Date(), etaSeconds: null });
    } catch (error) {
      const end = { finishedAt: new Date(), etaSeconds: null };
      if (this.#stop.signal.aborted) return update({ ...end, state: 'INTERRUPTED' });
      const known = error instanceof ViewfinderError;
      if (!known) this.#log.error({ err: error, job: feed.job.id }, 'An embedding job failed.');
      update({ ...end, state: 'FAILED', error: known ? error.message : 'The job failed; the log says why.' });
    }
  }
}

function newJob(dataset: Dataset, table: string, total: number): EmbeddingJob {
  return {
    id: randomUUID(),
    state: 'QUEUED',
    dataset: dataset.folder,
    table,
    total,
    embedded: 0,
    skipped: 0,
    failed: 0,
    rate: null,
    etaSeconds: null,
    createdAt: new Date(),
    startedAt: null,
    finishedAt: null,
    error: null,
    failures: [],
    revision: 0,
  };
}

function advance(job: EmbeddingJob, progress: EmbeddingProgress, meter: RateMeter): Partial<EmbeddingJob> {
  const { total, embedded, skipped, failed } = progress;
  const rate = meter.measure(embedded + failed, performance.now());
  const todo = total - embedded - skipped - failed;
  const occurredAt = new Date();
  const failures: JobFailure[] = progress.failures.map((failure) => ({ ...failure, occurredAt }));
  return {
    total,
    embedded,
    skipped,
    failed,
    rate,
    etaSeconds: rate === null ? null : todo / rate,
    failures: failures.length === 0 ? job.failures : [...job.failures, ...failures],
  };
}
