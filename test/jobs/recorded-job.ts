import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openJobDatabase } from '../../src/jobs/job-database.ts';
import { JobFailures } from '../../src/jobs/job-failures.ts';
import { JobFeed } from '../../src/jobs/job-feed.ts';
import { JobHistory } from '../../src/jobs/job-history.ts';
import { JobRecord } from '../../src/jobs/job-record.ts';
import type { NewEmbedJob } from '../../src/jobs/new-job.ts';

/** A record of jobs in a temporary folder, as one owner has it open. */
export interface OpenRecord extends AsyncDisposable {
  readonly folder: string;
  readonly database: DatabaseSync;
  readonly history: JobHistory;
  readonly failures: JobFailures;
  readonly record: JobRecord;
  readonly feed: JobFeed;
}

export const NEW_JOB: NewEmbedJob = {
  kind: 'EMBED',
  dataset: 'health_images',
  table: 'emb',
  space: 'a space',
  selection: {},
  recompute: false,
  retryOf: null,
  lastView: null,
  total: 100,
};

/** @param folder of a record that is there, for another owner of it; then it is not deleted */
export async function openRecord(owner: string, folder?: string): Promise<OpenRecord> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'viewfinder-jobs-')));
  const database = openJobDatabase(own);
  const history = new JobHistory(database);
  const failures = new JobFailures(database);
  const feed = new JobFeed(history, { reap() {}, isWorking: () => true });
  return {
    folder: own,
    database,
    history,
    failures,
    record: new JobRecord(database, { history, failures }, owner, () => feed.wake()),
    feed,
    async [Symbol.asyncDispose]() {
      feed.close();
      database.close();
      if (folder === undefined) await rm(own, { recursive: true, force: true });
    },
  };
}
