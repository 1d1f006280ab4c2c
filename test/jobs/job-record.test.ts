import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { networkFileSystem, openJobDatabase } from '../../src/jobs/job-database.ts';
import { newOwner } from '../../src/jobs/lease.ts';
import { NEW_JOB, type OpenRecord, openRecord } from './recorded-job.ts';

let here: OpenRecord;
let elsewhere: OpenRecord;
beforeEach(async () => {
  here = await openRecord(newOwner());
  elsewhere = await openRecord(JSON.stringify({ ...JSON.parse(newOwner()), host: 'elsewhere' }), here.folder);
});
afterEach(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const nobody = () => false;
const failure = (id: string, fingerprint: string | null = null) => ({
  view: { table: 'image', id },
  code: 'MEDIA_UNREADABLE',
  message: 'It cannot be read.',
  fingerprint,
});

/** As if the time of its lease had passed. */
function expire(id: string): void {
  here.database.prepare('UPDATE job SET lease_expires_at = 0 WHERE id = ?').run(id);
}

describe('a record of jobs', () => {
  test('has one live job a table, whoever asks', () => {
    const job = here.record.begin(NEW_JOB, 'serve');
    const running = expect.objectContaining({ code: 'JOB_RUNNING', jobId: job.id });
    for (const { record } of [here, elsewhere]) expect(() => record.begin(NEW_JOB, 'embed')).toThrow(running);
    elsewhere.record.begin({ ...NEW_JOB, table: 'other' }, 'embed');
    here.record.advance(job.id, [], () => ({ state: 'SUCCEEDED' }));
    expect(elsewhere.record.begin(NEW_JOB, 'embed')).toMatchObject({ state: 'QUEUED', total: 100 });
  });

  test('leaves the job of a live owner to it, and takes that of a dead one', () => {
    const { id } = elsewhere.record.begin(NEW_JOB, 'embed');
    here.record.reap(nobody);
    expect(here.history.get(id)?.state).toBe('QUEUED');
    expire(id);
    elsewhere.record.renewLeases();
    here.record.reap(nobody);
    expect(here.history.get(id)?.state).toBe('QUEUED');
    expire(id);
    here.record.reap(nobody);
    expect(here.history.get(id)).toMatchObject({ state: 'INTERRUPTED', finishedAt: expect.any(Date) });
    // The owner that was taken for dead hears of it, and can write nothing more.
    expect(elsewhere.record.renewLeases()).toEqual([]);
    expect(elsewhere.record.advance(id, [], () => ({ embedded: 1 }))).toBeNull();
    expect(here.record.takeUp(here.history.get(id) ?? here.record.begin(NEW_JOB, 'serve'))).toMatchObject({
      id,
      state: 'QUEUED',
      finishedAt: null,
    });
    expect(elsewhere.record.advance(id, [], () => ({ embedded: 1 }))).toBeNull();
  });

  test('takes up no job that another process has gone on with and ended', () => {
    const { id } = elsewhere.record.begin(NEW_JOB, 'serve');
    elsewhere.record.advance(id, [], () => ({ state: 'INTERRUPTED' }));
    const interrupted = here.history.get(id) ?? expect.fail();
    elsewhere.record.takeUp(interrupted);
    elsewhere.record.advance(id, [], () => ({ state: 'SUCCEEDED' }));
    expect(() => here.record.takeUp(interrupted)).toThrow(expect.objectContaining({ code: 'CONFLICT', jobId: id }));
    expect(here.history.get(id)?.state).toBe('SUCCEEDED');
  });

  test('of a job that was asked to end and lost its process says that it was cancelled', () => {
    const { id } = elsewhere.record.begin(NEW_JOB, 'embed');
    expect(here.record.cancel(id).state).toBe('CANCELLING');
    expect(here.record.cancel(id).state).toBe('CANCELLING');
    expire(id);
    here.record.reap(nobody);
    expect(here.history.get(id)?.state).toBe('CANCELLED');
    expect(() => here.record.cancel(id)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });

  test('counts each failure of a job once, and pages them in their order', () => {
    const { id } = here.record.begin(NEW_JOB, 'serve');
    const ids = ['a', 'b', 'c'];
    here.record.advance(
      id,
      ids.map((each) => failure(each)),
      () => ({}),
    );
    expect(here.record.advance(id, [failure('b'), failure('d')], () => ({}))?.failed).toBe(4);
    const page = here.failures.list(id, { offset: 1, limit: 2 });
    expect(page.map(({ view }) => view.id)).toEqual(['b', 'c']);
    expect(here.failures.count(id)).toBe(4);
  });

  test('remembers what pictures of a space failed for their own fault, as it was found last', () => {
    const of = { dataset: 'health_images', table: 'emb', space: 'a space', except: null };
    const remembered = () => here.failures.remembered(of).map(({ view, fingerprint }) => `${view.id} ${fingerprint}`);
    const first = here.record.begin(NEW_JOB, 'serve');
    here.record.advance(first.id, [failure('a', '1'), failure('b', '1'), failure('c')], () => ({ state: 'SUCCEEDED' }));
    expect(remembered()).toEqual(['a 1', 'b 1']);
    const second = here.record.begin(NEW_JOB, 'serve');
    here.record.advance(second.id, [failure('a', '2'), failure('b')], () => ({ state: 'SUCCEEDED' }));
    expect(remembered()).toEqual(['a 2']);
    expect(here.failures.remembered({ ...of, except: second.id })).toEqual([]);
    expect(here.failures.remembered({ ...of, space: 'another' })).toEqual([]);
  });

  test('lists the newest first, of a dataset and of states, page by page', () => {
    for (let index = 0; index < 6; index++) {
      const dataset = index % 2 === 0 ? 'even' : 'odd';
      const { id } = here.record.begin({ ...NEW_JOB, dataset, table: `emb${index}` }, 'serve');
      if (index < 4) here.record.advance(id, [], () => ({ state: index === 0 ? 'FAILED' : 'SUCCEEDED' }));
    }
    const tables = (page: Parameters<typeof here.history.list>[0]) => here.history.list(page).map(({ table }) => table);
    expect(tables({ first: 3 })).toEqual(['emb5', 'emb4', 'emb3']);
    expect(tables({ first: 3, before: here.history.list({ first: 3 }).at(-1)?.number })).toEqual([
      'emb2',
      'emb1',
      'emb0',
    ]);
    expect(tables({ first: 9, dataset: 'even' })).toEqual(['emb4', 'emb2', 'emb0']);
    expect(tables({ first: 9, states: ['FAILED', 'QUEUED'] })).toEqual(['emb5', 'emb4', 'emb0']);
    expect(here.history.count({ dataset: 'even', states: ['SUCCEEDED'] })).toBe(1);
    expect(here.history.count({ states: Array(100_000).fill('SUCCEEDED') })).toBe(
      here.history.count({ states: ['SUCCEEDED'] }),
    );
    expect(tables({ first: 9, states: [] })).toEqual([]);
  });

  test('forgets the oldest jobs that have ended, with their failures', () => {
    const ids = Array.from({ length: 5 }, (_, index) => {
      const { id } = here.record.begin({ ...NEW_JOB, table: `emb${index}` }, 'serve');
      here.record.advance(id, [failure('a')], () => (index === 0 ? {} : { state: 'SUCCEEDED' }));
      return id;
    });
    here.record.prune(2);
    expect(here.history.list({ first: 9 }).map(({ table }) => table)).toEqual(['emb4', 'emb3', 'emb0']);
    expect(here.failures.count(ids[1] ?? '')).toBe(0);
    expect(here.failures.count(ids[0] ?? '')).toBe(1);
    const sequence = here.history.sequence();
    here.record.prune(0);
    expect(here.history.list({ first: 9 }).map(({ table }) => table)).toEqual(['emb0']);
    expect(here.history.sequence()).toBe(sequence);
  });
});

test('a record that cannot be written to says where it is and what to do, and is as it was', () => {
  const { id } = here.record.begin(NEW_JOB, 'serve');
  const before = here.history.get(id);
  const pages = Number(here.database.prepare('PRAGMA page_count').get()?.page_count);
  here.database.exec(`PRAGMA max_page_count = ${pages}`);
  const many = Array.from({ length: 500 }, (_, index) => failure(`view ${index}`));
  expect(() => here.record.advance(id, many, () => ({ embedded: 1 }))).toThrow(
    expect.objectContaining({ code: 'DISK_FULL', message: expect.stringContaining(join(here.folder, 'jobs.sqlite')) }),
  );
  expect(here.history.get(id)).toEqual(before);
  expect(here.failures.count(id)).toBe(0);
});

describe('the file of the record', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viewfinder-state-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ['is a folder', () => mkdir(join(folder, 'jobs.sqlite'))],
    ['is no database', () => writeFile(join(folder, 'jobs.sqlite'), 'no database, '.repeat(100))],
    [
      'was written by another Viewfinder',
      () => {
        const database = new DatabaseSync(join(folder, 'jobs.sqlite'));
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
    ],
  ])('that %s is refused in a sentence that names --state', async (_what, make) => {
    await make();
    expect(() => openJobDatabase(folder)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/^The record .* with --state DIR\.$/),
      }),
    );
  });

  test('may not lie on a network file system', () => {
    expect(networkFileSystem(0x6969)).toBe('NFS');
    // ext4 and tmpfs
    expect([0xef53, 0x01021994].map(networkFileSystem)).toEqual([null, null]);
  });
});
