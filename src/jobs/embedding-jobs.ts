import type { DatabaseSync } from 'node:sqlite';
import type { Dataset } from '../core/dataset.ts';
import { ConflictError, NotFoundError } from '../core/errors.ts';
import type { IndexRequest } from '../core/index/make-index.ts';
import type { Library } from '../core/library.ts';
import { Turns } from '../core/turns.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import { askedFor, interruptedRecomputation, unfinishedRecomputation } from './earlier-jobs.ts';
import { type EmbeddingJob, isFinished, type JobEvent, type JobFailure } from './embedding-job.ts';
import { openJobDatabase } from './job-database.ts';
import { JobFailures } from './job-failures.ts';
import { type FollowOptions, JobFeed } from './job-feed.ts';
import { type JobFilter, JobHistory, type JobPage } from './job-history.ts';
import { JobRecord } from './job-record.ts';
import type { JobLog } from './job-run.ts';
import { JobRunner } from './job-runner.ts';
import { datasetIn, datasetWithoutIndex, workIn } from './job-work.ts';
import { newOwner } from './lease.ts';
import { type NewJob, newEmbedJob, newIndexJob, newJobAfter } from './new-job.ts';

export interface StartJobInput {
  readonly table: string;
  readonly selection?: ViewSelection | undefined;
  readonly recompute?: boolean | undefined;
}

export interface JobsOptions {
  /** The state folder, in which the record is. */
  readonly folder: string;
  readonly log: JobLog;
  /** What kind of process this is: `resume` goes on with the jobs of its kind. */
  readonly begunBy: 'serve' | 'embed';
  /** How many jobs that have ended are remembered. */
  readonly keep?: number | undefined;
}

const KEEP = 1000;

/** The jobs of a library: runs those of this process, one at a time for a table, and knows those of every other process. */
export class EmbeddingJobs implements AsyncDisposable {
  readonly #database: DatabaseSync;
  readonly #history: JobHistory;
  readonly #failures: JobFailures;
  readonly #record: JobRecord;
  readonly #feed: JobFeed;
  readonly #runner: JobRunner;
  readonly #options: JobsOptions;
  /** For all jobs together. */
  readonly #turns = new Turns();
  /** What comes after the jobs of this process. */
  readonly #afterwards = new Set<Promise<void>>();

  private constructor(database: DatabaseSync, options: JobsOptions) {
    this.#database = database;
    this.#options = options;
    this.#history = new JobHistory(database);
    this.#failures = new JobFailures(database);
    this.#feed = new JobFeed(this.#history, { reap: () => this.#reap(), isWorking: () => this.#runner.isWorking });
    const record = { history: this.#history, failures: this.#failures };
    this.#record = new JobRecord(database, record, newOwner(), () => this.#feed.wake());
    this.#runner = new JobRunner(this.#record, options.log);
  }

  /** @throws ValidationError where the record cannot be kept in that folder */
  static open(options: JobsOptions): EmbeddingJobs {
    return new EmbeddingJobs(openJobDatabase(options.folder), options);
  }

  /**
   * Begins to bring a table up to date. Recomputing what a process left unfinished goes on with its job.
   * @throws NotFoundError, ValidationError, PluginError before there is a job
   * @throws ConflictError JOB_RUNNING, which names the job that is at work on the table
   */
  async start(dataset: Dataset, { table, selection = {}, recompute = false }: StartJobInput): Promise<EmbeddingJob> {
    const job = await newEmbedJob(dataset, { table, selection, recompute, retryOf: null, lastView: null });
    this.#reap();
    const interrupted = interruptedRecomputation(this.#history, job);
    return this.#run(() => dataset, interrupted === null ? this.#begin(job) : this.#record.takeUp(interrupted));
  }

  /**
   * Begins to make or to measure the vector index of a table; where a computation leaves it large, that is done of itself.
   * @throws NotFoundError, ConflictError RECALL_TOO_LOW or JOB_RUNNING
   */
  async startIndex(dataset: Dataset, table: string, request: IndexRequest): Promise<EmbeddingJob> {
    return this.#run(() => dataset, this.#begin(await newIndexJob(dataset, table, request)));
  }

  /** The job that makes the index of a table which a job of this process has computed; null where none is needed. */
  async indexingAfter({ dataset, table, number }: EmbeddingJob): Promise<EmbeddingJob | null> {
    await Promise.all(this.#afterwards);
    const job = this.#history.latestOn(dataset, table, 'INDEX');
    return job === null || job.number < number ? null : job;
  }

  /** Whether a job of this process, which has begun, measures how its model is fastest here. */
  isMeasuring(id: string): boolean {
    return this.#runner.isMeasuring(id);
  }

  /**
   * Asks a job to end after the batches under way, whichever process runs it.
   * @throws NotFoundError, ConflictError where it has ended
   */
  cancel(id: string): EmbeddingJob {
    this.#existing(id);
    const job = this.#record.cancel(id);
    this.#runner.stop(id, 'CANCELLED');
    return job;
  }

  /**
   * Begins a new job with what another left: of one that succeeded the views that failed, of any other the rest of
   * its selection too; a picture that failed is tried, whether or not its file has changed.
   * @throws NotFoundError, PluginError
   * @throws ConflictError where the job has not ended, or left nothing, or its table is at work
   */
  async retry(id: string, dataset: Dataset): Promise<EmbeddingJob> {
    const job = this.#existing(id);
    if (!isFinished(job)) {
      throw new ConflictError('JOB_RUNNING', 'The job has not ended: cancel it first, or wait.', { jobId: id });
    }
    const again = await newJobAfter(job, this.#history.work(id), dataset, this.#failures.list(id));
    return this.#run(() => dataset, this.#begin(again));
  }

  /** Goes on with the jobs that processes of this kind began and did not end, where nobody else has. */
  resume(library: Library): void {
    this.#reap();
    for (const job of this.#history.interruptedOf(this.#options.begunBy)) {
      try {
        this.#run(() => datasetIn(library, job.dataset), this.#record.takeUp(job));
      } catch (error) {
        // Another process was quicker.
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  get(id: string): EmbeddingJob | null {
    this.#reap();
    return this.#history.get(id);
  }

  /** The job that is at work on a table, or waits to be; in whatever process. */
  runningOn(dataset: Dataset, table: string): EmbeddingJob | null {
    this.#reap();
    return this.#history.runningOn(dataset.folder, table);
  }

  /** The table's last job where it was to replace all vectors and has ended before it had. */
  unfinishedRecomputation(dataset: Dataset, table: string): EmbeddingJob | null {
    this.#reap();
    return unfinishedRecomputation(this.#history, dataset.folder, table);
  }

  /** A page of the jobs, newest first. */
  list(page: JobPage): EmbeddingJob[] {
    this.#reap();
    return this.#history.list(page);
  }

  count(filter: JobFilter = {}): number {
    this.#reap();
    return this.#history.count(filter);
  }

  /** The place that the record has come to. */
  place(): number {
    return this.#history.sequence();
  }

  /** The jobs that have a snapshot behind a place in the record, as they stand now. */
  changedSince(place: number): EmbeddingJob[] {
    return this.#history.changedSince(place).flatMap(({ id }) => this.#history.get(id) ?? []);
  }

  /** Whether a job was asked to compute just this, of its table. */
  asks(id: string, input: StartJobInput): boolean {
    return askedFor(this.#history, id, input);
  }

  /** Views that a job could not embed, in the order in which they came. */
  failures(id: string, page: { readonly offset?: number; readonly limit?: number } = {}): JobFailure[] {
    return this.#failures.list(id, page);
  }

  failureCount(id: string): number {
    return this.#failures.count(id);
  }

  /** Snapshots of one job until it has ended; see `JobFeed`. */
  follow(id: string, options?: FollowOptions): AsyncGenerator<JobEvent, void> {
    return this.#feed.follow(id, options);
  }

  /** Snapshots of all jobs, or of those of one dataset, for ever. */
  followAll(
    filter: { readonly dataset?: string | undefined },
    options?: FollowOptions,
  ): AsyncGenerator<JobEvent, void> {
    return this.#feed.followAll(filter, options);
  }

  /** Lets the batches under way finish, leaves the jobs of this process INTERRUPTED, and begins no more. */
  async interrupt(): Promise<void> {
    await this.#runner.interrupt();
    await Promise.all(this.#afterwards);
    await this.#runner.interrupt();
    this.#feed.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
    if (this.#database.isOpen) this.#database.close();
  }

  #begin(job: NewJob): EmbeddingJob {
    this.#reap();
    this.#record.prune(this.#options.keep ?? KEEP);
    return this.#record.begin(job, this.#options.begunBy);
  }

  #run(open: () => Dataset | Promise<Dataset>, job: EmbeddingJob): EmbeddingJob {
    const work = this.#history.work(job.id);
    const means = { failures: this.#failures, turns: this.#turns };
    const ended = this.#runner.run(job.id, work.counted, (signal) => workIn(open, job, work, { ...means, signal }));
    if (work.kind === 'INDEX') return job;
    const after = ended.then(() => this.#indexAfter(job.id, open)).finally(() => this.#afterwards.delete(after));
    this.#afterwards.add(after);
    return job;
  }

  /** Where it cannot be begun, the next computation tries again. */
  async #indexAfter(id: string, open: () => Dataset | Promise<Dataset>): Promise<void> {
    try {
      const { state, table } = this.#existing(id);
      const dataset = state === 'SUCCEEDED' ? await datasetWithoutIndex(open, table) : null;
      if (dataset !== null) await this.startIndex(dataset, table, { type: null, minRecallAt10: null });
    } catch (err) {
      // Another process is at work on the table, and sees to its index.
      if (!(err instanceof ConflictError)) this.#options.log.error({ err, job: id }, 'No index could be made.');
    }
  }

  #existing(id: string): EmbeddingJob {
    const job = this.get(id);
    if (job === null) throw new NotFoundError(`There is no job "${id}".`);
    return job;
  }

  /** Writes down which jobs have lost their process. */
  #reap(): void {
    this.#record.reap((id) => this.#runner.isRunning(id));
  }
}
