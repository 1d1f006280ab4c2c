import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { ViewFailure } from '../core/view-failure.ts';
import type { JobFailure } from './embedding-job.ts';

const row = z.object({
  view_table: z.string(),
  view_id: z.string(),
  code: z.string(),
  message: z.string(),
  fingerprint: z.string().nullable(),
  occurred_at: z.int(),
});

/** The views that jobs could not embed, as they are recorded. */
export class JobFailures {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Adds what a job could not embed; a view that the job has already failed on is left as it is.
   * @returns how many were new
   */
  add(job: string, failures: readonly ViewFailure[], occurredAt: Date): number {
    if (failures.length === 0) return 0;
    const insert = this.#database.prepare(
      `INSERT OR IGNORE INTO failure (job, view_table, view_id, code, message, fingerprint, occurred_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    let added = 0;
    for (const { view, code, message, fingerprint } of failures) {
      const values = [job, view.table, view.id, code, message, fingerprint, occurredAt.getTime()] as const;
      added += Number(insert.run(...values).changes);
    }
    return added;
  }

  count(job: string): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM failure WHERE job = ?').get(job)?.n);
  }

  /** In the order in which they came. */
  list(job: string, { offset = 0, limit = -1 }: { offset?: number; limit?: number } = {}): JobFailure[] {
    const sql = 'SELECT * FROM failure WHERE job = ? ORDER BY number LIMIT ? OFFSET ?';
    return this.#database.prepare(sql).all(job, limit, offset).map(failureOf);
  }

  /**
   * Pictures of one vector space that failed for their own fault when they were last tried.
   * @param except a job whose failures are to be tried again, whichever jobs have failed on them since
   */
  remembered(of: { dataset: string; table: string; space: string; except: string | null }): JobFailure[] {
    // Of the rows that a group has, SQLite takes the other columns from the one with the maximum.
    const sql = `
      SELECT failure.*, max(failure.number) FROM failure JOIN job ON job.id = failure.job
      WHERE job.dataset = ? AND job.embedding_table = ? AND job.space = ? GROUP BY view_table, view_id
      HAVING fingerprint IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM failure AS again
        WHERE again.job = ? AND again.view_table = failure.view_table AND again.view_id = failure.view_id)`;
    return this.#database.prepare(sql).all(of.dataset, of.table, of.space, of.except).map(failureOf);
  }
}

function failureOf(values: unknown): JobFailure {
  const { view_table: table, view_id: id, occurred_at: occurredAt, ...failure } = row.parse(values);
  return { view: { table, id }, ...failure, occurredAt: new Date(occurredAt) };
}
