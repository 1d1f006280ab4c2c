import type { DatabaseSync } from 'node:sqlite';
import type { Dataset } from '../core/dataset.ts';
import { locatedModel } from '../core/embedding-models.ts';
import { ConflictError, NotFoundError } from '../core/errors.ts';
import type { Library } from '../core/library.ts';
import { Turns } from '../core/turns.ts';
import type { ViewKey } from '../core/view.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import { type EmbeddingJob, isFinished, type JobEvent, type JobFailure } from './embedding-job.ts';
import { openJobDatabase } from './job-database.ts';
import { JobFailures } from './job-failures.ts';
import { type FollowOptions, JobFeed } from './job-feed.ts';
import { type JobFilter, JobHistory } from './job-history.ts';
import { JobRecord, type NewJob } from './job-record.ts';
import type { JobLog } from './job-run.ts';
import { JobRunner } from './job-runner.ts';
import { computeIn, datasetIn, leftOf, viewsLeft } from './job-work.ts';
import { newOwner } from './lease.ts';

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

/**
 * The embedding jobs of a library: runs those of this process, one at a time for a table, and knows those of every
 * other process that has the same record.
 */
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
    const job = await this.#newJob(dataset, { table, selection, recompute, retryOf: null, lastView: null });
    const unfinished = recompute ? this.latestOn(dataset, table) : null;
    const goesOn =
      unfinished?.state === 'INTERRUPTED' &&
      this.asks(unfinished.id, { table, selection, recompute }) &&
      this.#history.work(unfinished.id).space === job.space;
    return this.#run(() => dataset, goesOn ? this.#record.takeUp(unfinished) : this.#begin(job));
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
    const { recompute, lastView, selection: all } = this.#history.work(id);
    const selection = job.state === 'SUCCEEDED' ? await this.#failedViews(id, dataset) : await leftOf(dataset, all);
    // What failed lies before that view as well.
    const from = job.state === 'SUCCEEDED' || job.failed > 0 ? null : lastView;
    const request = { table: job.table, selection, recompute, retryOf: id, lastView: from };
    const again = await this.#newJob(dataset, request);
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

  /** The table's last job, whatever became of it. */
  latestOn(dataset: Dataset, table: string): EmbeddingJob | null {
    this.#reap();
    return this.#history.latestOn(dataset.folder, table);
  }

  /** The table's last job where it was to replace all vectors and has ended before it had. */
  unfinishedRecomputation(dataset: Dataset, table: string): EmbeddingJob | null {
    const job = this.latestOn(dataset, table);
    const unfinished = job !== null && isFinished(job) && job.state !== 'SUCCEEDED';
    return unfinished && this.#history.work(job.id).recompute ? job : null;
  }

  /** A page of the jobs, newest first: those of a smaller `number` than `before`. */
  list(page: JobFilter & { readonly first: number; readonly before?: number | undefined }): EmbeddingJob[] {
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

  /** Whether a job was asked for just this, of its table. */
  asks(id: string, { selection = {}, recompute = false }: StartJobInput): boolean {
    const work = this.#history.work(id);
    return work.recompute === recompute && JSON.stringify(work.selection) === JSON.stringify(selection);
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
    this.#feed.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.interrupt();
    if (this.#database.isOpen) this.#database.close();
  }

  async #newJob(
    dataset: Dataset,
    request: Pick<NewJob, 'table' | 'selection' | 'recompute' | 'retryOf' | 'lastView'>,
  ): Promise<NewJob> {
    const table = await dataset.embeddingTable(request.table);
    const { space } = table;
    await locatedModel(dataset.models, space.embeddingFunction, space.options);
    const { total } = await dataset.selectViews(table, request.selection, { replace: request.recompute });
    const { embeddingFunction, options } = space;
    return { ...request, dataset: dataset.folder, space: JSON.stringify([embeddingFunction, options]), total };
  }

  #begin(job: NewJob): EmbeddingJob {
    this.#reap();
    this.#record.prune(this.#options.keep ?? KEEP);
    return this.#record.begin(job, this.#options.begunBy);
  }

  #run(open: () => Dataset | Promise<Dataset>, job: EmbeddingJob): EmbeddingJob {
    const { id, table } = job;
    const { selection, recompute, space, lastView, counted, retryOf } = this.#history.work(id);
    // Who asks for all again means those that failed too.
    const remembered = { dataset: job.dataset, table, space, except: retryOf };
    const knownFailures = recompute ? [] : this.#failures.remembered(remembered);
    const ownFailures = this.#failures.list(id);
    const options = { recompute, knownFailures, ownFailures, after: lastView, turns: this.#turns };
    this.#runner.run(id, counted, (signal) => computeIn(open, table, selection, { ...options, signal }));
    return job;
  }

  async #failedViews(id: string, dataset: Dataset): Promise<ViewKey[]> {
    const failed = this.#failures.list(id).map(({ view }) => view);
    const left = await viewsLeft(dataset, failed);
    if (left.length > 0) return left;
    throw new ConflictError('CONFLICT', 'The job has embedded all of its views: there is nothing to try again.', {
      jobId: id,
    });
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
