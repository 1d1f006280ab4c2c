import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EmbeddingJob, EmbeddingJobKind, EmbeddingJobState, JobEvent } from './embedding-job.ts';
import { EVENT_COLUMNS, eventOf, type JobWork, jobOf, LIVE, WORK_COLUMNS, workOf } from './job-row.ts';

/** Which jobs. */
export interface JobFilter {
  /** Folder name of the dataset. */
  readonly dataset?: string | undefined;
  readonly states?: readonly EmbeddingJobState[] | undefined;
}

/** Of the jobs that were asked for before one number and after another, so many of the newest, or of the oldest. */
export interface JobPage extends JobFilter {
  readonly first: number;
  readonly from?: 'newest' | 'oldest';
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** Whose snapshots: those of one job, of a dataset's, or of all. */
export interface FollowFilter {
  readonly id?: string | undefined;
  readonly dataset?: string | undefined;
}

const NEWEST = `SELECT ${EVENT_COLUMNS} FROM job JOIN snapshot ON snapshot.sequence = job.sequence`;

/** Reads the record of jobs. */
export class JobHistory {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #next: StatementSync;
  readonly #nextOfJob: StatementSync;
  readonly #nextOfDataset: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#get = database.prepare(`${NEWEST} WHERE job.id = ?`);
    const next = (where: string) =>
      database.prepare(
        `SELECT ${EVENT_COLUMNS} FROM snapshot JOIN job ON job.id = snapshot.job
         WHERE ${where} snapshot.sequence > ? ORDER BY snapshot.sequence LIMIT 1`,
      );
    this.#next = next('');
    this.#nextOfJob = next('snapshot.job = ? AND');
    this.#nextOfDataset = next('job.dataset = ? AND');
  }

  get(id: string): EmbeddingJob | null {
    return jobOf(this.#get.get(id));
  }

  /** @throws where there is no such job */
  work(id: string): JobWork {
    return workOf(this.#database.prepare(`SELECT ${WORK_COLUMNS} FROM job WHERE id = ?`).get(id));
  }

  /** The job that is at work on a table, or waits to be; in whatever process. */
  runningOn(dataset: string, table: string): EmbeddingJob | null {
    const sql = `${NEWEST} WHERE job.dataset = ? AND job.embedding_table = ? AND ${LIVE}`;
    return jobOf(this.#database.prepare(sql).get(dataset, table));
  }

  /** The table's last job of a kind, whatever became of it. */
  latestOn(dataset: string, table: string, kind: EmbeddingJobKind): EmbeddingJob | null {
    const which = 'job.dataset = ? AND job.embedding_table = ? AND job.kind = ?';
    const sql = `${NEWEST} WHERE ${which} ORDER BY job.number DESC LIMIT 1`;
    return jobOf(this.#database.prepare(sql).get(dataset, table, kind));
  }

  /** Newest first. */
  list({ first, from, before = Number.MAX_SAFE_INTEGER, after = -1, ...filter }: JobPage): EmbeddingJob[] {
    const { where, values } = conditionOf(filter);
    const order = from === 'oldest' ? 'ASC' : 'DESC';
    const sql = `${NEWEST} WHERE ${where} AND job.number < ? AND job.number > ? ORDER BY job.number ${order} LIMIT ?`;
    const jobs = this.#database
      .prepare(sql)
      .all(...values, before, after, first)
      .map((row) => eventOf(row).job);
    return from === 'oldest' ? jobs.reverse() : jobs;
  }

  count(filter: JobFilter): number {
    const { where, values } = conditionOf(filter);
    return Number(this.#database.prepare(`SELECT count(*) AS n FROM job WHERE ${where}`).get(...values)?.n);
  }

  /** Jobs that a service began and its end interrupted, and that nobody has gone on with; oldest first. */
  interruptedOf(begunBy: string): EmbeddingJob[] {
    const sql = `${NEWEST} WHERE job.state = 'INTERRUPTED' AND job.begun_by = ? AND NOT EXISTS (
      SELECT 1 FROM job AS later WHERE later.dataset = job.dataset AND later.embedding_table = job.embedding_table
      AND later.kind = job.kind AND later.number > job.number) ORDER BY job.number`;
    return this.#database
      .prepare(sql)
      .all(begunBy)
      .map((row) => eventOf(row).job);
  }

  /** The newest snapshot of each job that has not ended, in their order. */
  live(dataset: string | undefined): JobEvent[] {
    const { where, values } = conditionOf({ dataset });
    const sql = `${NEWEST} WHERE ${LIVE} AND ${where} ORDER BY snapshot.sequence`;
    return this.#database
      .prepare(sql)
      .all(...values)
      .map(eventOf);
  }

  /** The first snapshot behind a place in the record; null where there is none yet. */
  next({ id, dataset }: FollowFilter, after: number): JobEvent | null {
    let row: unknown;
    if (id !== undefined) row = this.#nextOfJob.get(id, after);
    else row = dataset === undefined ? this.#next.get(after) : this.#nextOfDataset.get(dataset, after);
    return row === undefined ? null : eventOf(row);
  }

  /** The place of the last snapshot of the record. */
  sequence(): number {
    const row = this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'snapshot'").get();
    return Number(row?.seq ?? 0);
  }

  /** The jobs that have changed since a place in the record. */
  changedSince(sequence: number): { id: string; dataset: string }[] {
    const rows = this.#database.prepare('SELECT id, dataset FROM job WHERE sequence > ?').all(sequence);
    return rows.map(({ id, dataset }) => ({ id: String(id), dataset: String(dataset) }));
  }

  /** Another number whenever another process has written. */
  foreignVersion(): number {
    return Number(this.#database.prepare('PRAGMA data_version').get()?.data_version);
  }
}

function conditionOf({ dataset, states }: JobFilter): { where: string; values: SQLInputValue[] } {
  const conditions = ['TRUE'];
  const values: SQLInputValue[] = [];
  if (dataset !== undefined) {
    conditions.push('job.dataset = ?');
    values.push(dataset);
  }
  if (states !== undefined) {
    // There are few of them, however often a caller names each.
    const named = [...new Set(states)];
    conditions.push(`job.state IN (${named.map(() => '?').join()})`);
    values.push(...named);
  }
  return { where: conditions.join(' AND '), values };
}
