import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { ConflictError } from '../core/errors.ts';
import type { ViewKey } from '../core/view.ts';
import type { ViewFailure } from '../core/view-failure.ts';
import { type EmbeddingJob, isFinished } from './embedding-job.ts';
import { atomically, recordError } from './job-database.ts';
import type { JobFailures } from './job-failures.ts';
import type { JobHistory } from './job-history.ts';
import { LIVE } from './job-row.ts';
import { isDead, LEASE_MS } from './lease.ts';
import type { NewJob } from './new-job.ts';

/** What is different in a job's next snapshot. */
export type JobChange = Partial<
  Pick<
    EmbeddingJob,
    'state' | 'total' | 'embedded' | 'skipped' | 'failed' | 'rate' | 'etaSeconds' | 'startedAt' | 'finishedAt' | 'error'
  >
> & { readonly lastView?: ViewKey | null };

/**
 * Writes the record of jobs, for one owner. Each change is in the file before anybody is told of it.
 * Each may throw a WriteError, where the file cannot be written to.
 */
export class JobRecord {
  readonly #database: DatabaseSync;
  readonly #history: JobHistory;
  readonly #failures: JobFailures;
  readonly #owner: string;
  readonly #changed: () => void;

  constructor(
    database: DatabaseSync,
    { history, failures }: { history: JobHistory; failures: JobFailures },
    owner: string,
    changed: () => void,
  ) {
    this.#database = database;
    this.#history = history;
    this.#failures = failures;
    this.#owner = owner;
    this.#changed = changed;
  }

  /** Records a job that is queued here. @throws ConflictError JOB_RUNNING where the table has one, in whatever process */
  begin(job: NewJob, begunBy: string): EmbeddingJob {
    return this.#change(() => {
      const running = this.#history.runningOn(job.dataset, job.table);
      if (running !== null) throw jobRunning(running);
      const id = randomUUID();
      const now = Date.now();
      const embed = job.kind === 'EMBED' ? job : null;
      const lastView = embed?.lastView ?? null;
      const columns = {
        id,
        kind: job.kind,
        dataset: job.dataset,
        embedding_table: job.table,
        space: job.space,
        selection: JSON.stringify(job.kind === 'EMBED' ? job.selection : job.index),
        recompute: Number(embed?.recompute ?? false),
        retry_of: job.retryOf,
        begun_by: begunBy,
        created_at: now,
        state: 'QUEUED',
        sequence: 0,
        counted: 0,
        last_view: lastView === null ? null : JSON.stringify(lastView),
        owner: this.#owner,
        lease_expires_at: now + LEASE_MS,
      };
      this.#insert('job', columns);
      const none = { rate: null, eta_seconds: null, started_at: null, finished_at: null, error: null };
      this.#addSnapshot(id, { ...none, state: 'QUEUED', total: job.total, embedded: 0, skipped: 0, failed: 0 });
      return this.#existing(id);
    });
  }

  /**
   * Queues an interrupted job here once more.
   * @throws ConflictError JOB_RUNNING where another is at work on its table, CONFLICT where another process has gone
   *   on with it and ended it
   */
  takeUp({ id, dataset, table }: EmbeddingJob): EmbeddingJob {
    return this.#change(() => {
      const running = this.#history.runningOn(dataset, table);
      if (running !== null) throw jobRunning(running);
      const { state } = this.#existing(id);
      if (state !== 'INTERRUPTED') {
        throw new ConflictError('CONFLICT', `The job has ended meanwhile (${state}).`, { jobId: id });
      }
      const own = 'UPDATE job SET owner = ?, lease_expires_at = ? WHERE id = ?';
      this.#database.prepare(own).run(this.#owner, Date.now() + LEASE_MS, id);
      return this.#write(this.#existing(id), { state: 'QUEUED', finishedAt: null, rate: null });
    });
  }

  /**
   * Records how a job of this owner goes on.
   * @param change from the job as it stands, and how many views it has failed on
   * @returns null where another process has taken the job
   */
  advance(
    id: string,
    failures: readonly ViewFailure[],
    change: (job: EmbeddingJob, failed: number) => JobChange,
  ): EmbeddingJob | null {
    return this.#change(() => {
      const job = this.#history.get(id);
      if (job === null || !this.#owns(id)) return null;
      const failed = job.failed + this.#failures.add(id, failures, new Date());
      return this.#write(job, { failed, ...change(job, failed) });
    });
  }

  /** Asks a job to end, whoever runs it; one that was asked already is left as it is. @throws ConflictError */
  cancel(id: string): EmbeddingJob {
    return this.#change(() => {
      const job = this.#existing(id);
      if (isFinished(job)) {
        throw new ConflictError('CONFLICT', `The job has ended (${job.state}): there is nothing to cancel.`, {
          jobId: id,
        });
      }
      return job.state === 'CANCELLING' ? job : this.#write(job, { state: 'CANCELLING' });
    });
  }

  /**
   * Ends the jobs whose process is gone.
   * @param isRunning whether a job of this owner is at work
   */
  reap(isRunning: (id: string) => boolean): void {
    const live = this.#database.prepare(`SELECT id, owner, lease_expires_at FROM job WHERE ${LIVE}`).all();
    const gone = live.filter(({ id, owner, lease_expires_at: expiresAt }) =>
      owner === this.#owner ? !isRunning(String(id)) : isDead(String(owner), Number(expiresAt)),
    );
    for (const { id, owner, lease_expires_at: expiresAt } of gone) {
      this.#change(() => {
        const same = `SELECT 1 FROM job WHERE id = ? AND owner = ? AND lease_expires_at = ? AND ${LIVE}`;
        if (this.#database.prepare(same).get(id ?? null, owner ?? null, expiresAt ?? null) === undefined) return;
        const job = this.#existing(String(id));
        const state = job.state === 'CANCELLING' ? 'CANCELLED' : 'INTERRUPTED';
        this.#write(job, { state, finishedAt: new Date(), rate: null, etaSeconds: null });
      });
    }
  }

  /** Says that this owner lives. @returns its jobs, but those that another process has taken */
  renewLeases(): EmbeddingJob[] {
    const renew = `UPDATE job SET lease_expires_at = ? WHERE owner = ? AND ${LIVE} RETURNING id`;
    const rows = this.#database.prepare(renew).all(Date.now() + LEASE_MS, this.#owner);
    return rows.map(({ id }) => this.#existing(String(id)));
  }

  /** Forgets the oldest of the jobs that have ended, but for so many. */
  prune(keep: number): void {
    const sql = `DELETE FROM job WHERE NOT (${LIVE}) AND number <= (
      SELECT number FROM job WHERE NOT (${LIVE}) ORDER BY number DESC LIMIT 1 OFFSET ?)`;
    this.#change(() => this.#database.prepare(sql).run(keep));
  }

  #write(job: EmbeddingJob, { lastView, ...change }: JobChange): EmbeddingJob {
    const { id, state, sequence, ...next } = { ...job, ...change };
    // Of a stretch in one state only the newest snapshot is kept.
    if (state === job.state) this.#database.prepare('DELETE FROM snapshot WHERE sequence = ?').run(sequence);
    this.#addSnapshot(id, {
      state,
      total: next.total,
      embedded: next.embedded,
      skipped: next.skipped,
      failed: next.failed,
      rate: next.rate,
      eta_seconds: next.etaSeconds,
      started_at: next.startedAt?.getTime() ?? null,
      finished_at: next.finishedAt?.getTime() ?? null,
      error: next.error,
    });
    if (change.skipped !== undefined) this.#database.prepare('UPDATE job SET counted = 1 WHERE id = ?').run(id);
    if (lastView) {
      this.#database.prepare('UPDATE job SET last_view = ? WHERE id = ?').run(JSON.stringify(lastView), id);
    }
    const written = this.#existing(id);
    if (isFinished(written)) {
      this.#database.prepare('UPDATE job SET owner = NULL, lease_expires_at = NULL WHERE id = ?').run(id);
    }
    return written;
  }

  #addSnapshot(job: string, columns: Record<string, string | number | null> & { state: string }): void {
    const sequence = this.#insert('snapshot', { job, occurred_at: Date.now(), ...columns });
    this.#database.prepare('UPDATE job SET state = ?, sequence = ? WHERE id = ?').run(columns.state, sequence, job);
  }

  #insert(table: string, columns: Record<string, string | number | null>): number | bigint {
    const names = Object.keys(columns);
    const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`;
    return this.#database.prepare(sql).run(...Object.values(columns)).lastInsertRowid;
  }

  #owns(id: string): boolean {
    const sql = `SELECT 1 FROM job WHERE id = ? AND owner = ? AND ${LIVE}`;
    return this.#database.prepare(sql).get(id, this.#owner) !== undefined;
  }

  #existing(id: string): EmbeddingJob {
    const job = this.#history.get(id);
    if (job === null) throw new Error(`The record has lost the job ${id}.`);
    return job;
  }

  #change<Result>(change: () => Result): Result {
    let result: Result;
    try {
      result = atomically(this.#database, change);
    } catch (error) {
      throw recordError(this.#database, error);
    }
    this.#changed();
    return result;
  }
}

function jobRunning({ id, table }: EmbeddingJob): ConflictError {
  return new ConflictError('JOB_RUNNING', `A job is already at work on the table "${table}".`, { jobId: id });
}
