import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { Library } from '../../src/core/library.ts';
import { type EmbeddingJob, isFinished } from '../../src/jobs/embedding-job.ts';
import { EmbeddingJobs, type JobsOptions } from '../../src/jobs/embedding-jobs.ts';
import type { JobLog } from '../../src/jobs/job-run.ts';
import { addCopies, addViews } from '../core/more-views.ts';
import { makeTable, TOUCHY } from '../core/tutorial.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
let logged: unknown[];
let jobs: EmbeddingJobs;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await openDataset(copy);
  logged = [];
  await dataset.state.writable();
  jobs = openJobs();
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await copy[Symbol.asyncDispose]();
});

/** The jobs of a process; all that are opened here share one record. */
function openJobs(options: Partial<JobsOptions> = {}): EmbeddingJobs {
  const log: JobLog = { error: ({ err }) => logged.push(err) };
  return EmbeddingJobs.open({ folder: dataset.state.path, log, begunBy: 'serve', ...options });
}

/** Computes in batches of eight, each of which takes so many milliseconds. */
const slowTable = (imageMs: number) => makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { imageMs } });
const rowCount = async () => (await dataset.embeddingTable('emb')).rowCount();

const openLibrary = () => Library.open(copy.path, { models: models.models, mediaDir: copy.media });

async function snapshotsOf(id: string, after?: string): Promise<EmbeddingJob[]> {
  const events = await Array.fromAsync(jobs.follow(id, { after }));
  return events.map((event) => event.job);
}

/** The first snapshot of which this holds. */
async function once(id: string, holds: (job: EmbeddingJob) => boolean): Promise<EmbeddingJob> {
  for await (const { job } of jobs.follow(id)) if (holds(job)) return job;
  throw new Error('The job ended before.');
}
const ended = (id: string) => once(id, isFinished);

describe('a job', () => {
  test('says while it measures its model', async () => {
    await addCopies(dataset, 250);
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    const measuring: boolean[] = [];
    for await (const _ of jobs.follow(id)) measuring.push(jobs.isMeasuring(id));
    expect(measuring).toContain(true);
    expect(measuring.at(-1)).toBe(false);
  });

  test('that is asked for once all were told to end is followed to where it stands', async () => {
    await slowTable(2);
    await jobs.interrupt();
    const { id } = await jobs.start(dataset, { table: 'emb' });
    expect((await snapshotsOf(id)).map(({ state }) => state)).toEqual(['QUEUED']);
    await jobs.interrupt();
    expect(jobs.get(id)?.state).toBe('INTERRUPTED');
  });

  test('is there as soon as it is asked for, and goes on to its end', async () => {
    await addCopies(dataset, 140);
    await slowTable(2);
    const job = await jobs.start(dataset, { table: 'emb' });
    expect(job).toMatchObject({ state: 'QUEUED', dataset: 'health_images', table: 'emb', total: 152, startedAt: null });
    expect(jobs.get(job.id)).toEqual(job);
    expect(jobs.runningOn(dataset, 'emb')).toEqual(job);

    const seen = await snapshotsOf(job.id);
    expect([...new Set(seen.map(({ state }) => state))]).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    for (const { total, embedded, skipped, failed } of seen) {
      expect(embedded + skipped + failed).toBeLessThanOrEqual(total);
    }
    const sequences = seen.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(seen.find(({ embedded }) => embedded > 0)).toMatchObject({ rate: expect.any(Number) });
    const last = jobs.get(job.id);
    expect(last).toMatchObject({ state: 'SUCCEEDED', embedded: 152, failed: 0, etaSeconds: null, error: null });
    expect(last?.finishedAt?.getTime()).toBeGreaterThanOrEqual(last?.startedAt?.getTime() ?? Number.NaN);
    expect(await rowCount()).toBe(152);
    expect(jobs.runningOn(dataset, 'emb')).toBeNull();
  });

  test('on a table that another is at work on is a conflict that names it', async () => {
    await addCopies(dataset, 60);
    await slowTable(20);
    const first = await jobs.start(dataset, { table: 'emb' });
    const busy = { name: 'ConflictError', code: 'JOB_RUNNING', jobId: first.id };
    await expect(jobs.start(dataset, { table: 'emb' })).rejects.toMatchObject(busy);
    // The same dataset, opened once more, is the same dataset.
    await expect(jobs.start(await openDataset(copy), { table: 'emb' })).rejects.toMatchObject(busy);
    const elsewhere = await jobs.start(dataset, { table: 'emb_tiny' });
    await ended(elsewhere.id);
    await ended(first.id);
    const again = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(again.id)).toMatchObject({ state: 'SUCCEEDED', skipped: 72, embedded: 0 });
  });

  test('of two that are asked for at the same moment is one', async () => {
    await slowTable(20);
    const both = await Promise.allSettled([1, 2].map(() => jobs.start(dataset, { table: 'emb' })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('takes a selection, and can replace what is there', async () => {
    const few = await jobs.start(dataset, { table: 'emb_tiny', selection: { limit: 3 }, recompute: true });
    expect(few.total).toBe(3);
    expect(await ended(few.id)).toMatchObject({ state: 'SUCCEEDED', embedded: 3, skipped: 0 });
  });

  test('remembers each failure with its reason and its time', async () => {
    await slowTable(0);
    await addViews(dataset, [{ id: 'missing', url: 'gone.jpg' }]);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(id)).toMatchObject({ failed: 1, state: 'SUCCEEDED' });
    expect(jobs.failureCount(id)).toBe(1);
    expect(jobs.failures(id)).toEqual([
      {
        view: { table: 'image', id: 'missing' },
        code: 'MEDIA_MISSING',
        message: expect.stringContaining('gone.jpg'),
        fingerprint: null,
        occurredAt: expect.any(Date),
      },
    ]);
  });

  test.each([
    [{ table: 'nope' }, 'NOT_FOUND'],
    [{ table: 'image' }, 'NOT_FOUND'],
    [{ table: 'emb_tiny', selection: { table: 'nope' } }, 'NOT_FOUND'],
    [{ table: 'emb_tiny', selection: [{ table: 'image', id: 'gone' }] }, 'NOT_FOUND'],
    [{ table: 'emb_tiny', selection: { limit: 0 } }, 'INVALID_INPUT'],
  ])('of %o is refused before it is one', async (input, code) => {
    await expect(jobs.start(dataset, input)).rejects.toMatchObject({ code });
    expect(jobs.runningOn(dataset, input.table)).toBeNull();
  });

  test('that nobody knows is null', async () => {
    await expect(jobs.retry('nope', dataset)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(jobs.get('nope')).toBeNull();
    expect(jobs.failures('nope')).toEqual([]);
    expect(() => jobs.cancel('nope')).toThrow('There is no job');
  });
});

describe('a job that fails', () => {
  test('says why in a sentence', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { images: 'crash' } });
    const { id } = await jobs.start(dataset, { table: 'emb' });
    const job = await ended(id);
    expect(job).toMatchObject({ state: 'FAILED', embedded: 0, finishedAt: expect.any(Date), etaSeconds: null });
    expect(job.error).toMatch(/^[A-Z].{10,}/);
    expect(logged).toEqual([]);
  });

  test('because there is no media folder says so, blames no picture, and can be tried again', async () => {
    await slowTable(0);
    const away = join(copy.temporary, 'away');
    await rename(copy.media, away);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    const error = expect.stringContaining(`The media folder ${copy.media} is not there`);
    expect(await ended(id)).toMatchObject({ state: 'FAILED', error, embedded: 0, failed: 0 });
    await rename(away, copy.media);
    const again = await jobs.retry(id, dataset);
    expect(await ended(again.id)).toMatchObject({ state: 'SUCCEEDED', embedded: 12, failed: 0 });
  });

  test('because its table was dropped says so', async () => {
    await addCopies(dataset, 140);
    await slowTable(10);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    await rm(join(dataset.path, 'db/emb.lance'), { recursive: true });
    expect(await ended(id)).toMatchObject({ state: 'FAILED', error: expect.stringContaining('is gone') });
    expect(logged).toEqual([]);
  });
});

describe('jobs that are interrupted', () => {
  test('end after the batches under way, with all of them stored, and are interrupted', async () => {
    await addCopies(dataset, 140);
    await slowTable(10);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    const following = snapshotsOf(id);
    await jobs.interrupt();
    const job = jobs.get(id);
    expect(job).toMatchObject({ state: 'INTERRUPTED', error: null, finishedAt: expect.any(Date) });
    expect(job?.embedded).toBeLessThan(152);
    expect(await rowCount()).toBe(job?.embedded);
    expect((await following).at(-1)).toEqual(job);
  });

  test('before they began do nothing', async () => {
    await slowTable(10);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await jobs.interrupt();
    expect(jobs.get(id)).toMatchObject({ state: 'INTERRUPTED', embedded: 0 });
    expect(await rowCount()).toBe(0);
  });
});

describe('a job that is cancelled', () => {
  test('ends soon with what it gave stored, and another goes on from there', async () => {
    await addCopies(dataset, 140);
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    const following = snapshotsOf(id);
    expect(jobs.cancel(id)).toMatchObject({ state: 'CANCELLING' });
    const job = await ended(id);
    expect(job).toMatchObject({ state: 'CANCELLED', error: null, finishedAt: expect.any(Date), etaSeconds: null });
    expect((await following).map(({ state }) => state)).toEqual(expect.arrayContaining(['CANCELLING', 'CANCELLED']));
    expect(job.embedded).toBeLessThan(152);
    expect(await rowCount()).toBe(job.embedded);
    expect(() => jobs.cancel(id)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));

    const rest = await jobs.start(dataset, { table: 'emb' });
    const counts = { skipped: job.embedded, embedded: 152 - job.embedded, total: 152 };
    expect(await ended(rest.id)).toMatchObject({ state: 'SUCCEEDED', ...counts });
    expect(await rowCount()).toBe(152);
  });

  test('by another process ends as well', async () => {
    await addCopies(dataset, 140);
    await slowTable(100);
    await using elsewhere = openJobs({ begunBy: 'embed' });
    const { id } = await elsewhere.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    jobs.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'CANCELLED' });
    expect(elsewhere.get(id)).toEqual(jobs.get(id));
  });

  test('by another process, a moment before its own is told to end, is cancelled and not interrupted', async () => {
    await addCopies(dataset, 140);
    await slowTable(100);
    await using elsewhere = openJobs({ begunBy: 'embed' });
    const { id } = await elsewhere.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    const ending = elsewhere.interrupt();
    jobs.cancel(id);
    await ending;
    expect(jobs.get(id)?.state).toBe('CANCELLED');
  });

  test('is not resumed', async () => {
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    jobs.cancel(id);
    await ended(id);
    jobs.resume(await openLibrary());
    expect(jobs.get(id)?.state).toBe('CANCELLED');
  });
});

describe('a job that was interrupted', () => {
  test.each([false, true])('is gone on with as the same job by the next service; recompute: %s', async (recompute) => {
    await addCopies(dataset, 140);
    await slowTable(20);
    if (recompute) await jobs.start(dataset, { table: 'emb' }).then(({ id }) => ended(id));
    const { id } = await jobs.start(dataset, { table: 'emb', recompute });
    await once(id, (job) => job.embedded >= 64);
    await jobs[Symbol.asyncDispose]();
    jobs = openJobs();
    const interrupted = jobs.get(id);
    expect(interrupted?.state).toBe('INTERRUPTED');
    jobs.resume(await openLibrary());
    const resumed = await snapshotsOf(id, String(interrupted?.sequence));
    expect(resumed[0]?.state).toMatch(/QUEUED|RUNNING/);
    for (const { embedded, skipped, failed, total } of resumed) {
      expect(embedded).toBeGreaterThanOrEqual(interrupted?.embedded ?? 152);
      expect(embedded + skipped + failed).toBeLessThanOrEqual(total);
    }
    expect(resumed.at(-1)).toMatchObject({ state: 'SUCCEEDED', total: 152, embedded: 152, skipped: 0, failed: 0 });
    expect(await rowCount()).toBe(152);
    expect(jobs.count()).toBe(recompute ? 2 : 1);
  });

  test('counts what it failed on as failed to its end; the next job embeds what was put right', async () => {
    const more = Array.from({ length: 140 }, (_, index) => ({ id: `more-${index}` }));
    await addViews(dataset, [{ id: 'missing', url: 'later.jpg' }, ...more]);
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await once(id, (job) => job.failed === 1 && job.embedded > 0);
    await jobs[Symbol.asyncDispose]();
    await writeFile(join(copy.media, 'later.jpg'), 'there now');
    jobs = openJobs();
    jobs.resume(await openLibrary());
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', total: 153, embedded: 152, failed: 1 });
    expect(await rowCount()).toBe(152);
    const next = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(next.id)).toMatchObject({ total: 153, skipped: 152, embedded: 1, failed: 0 });
  });

  test('goes on without views that were deleted since it was told which', async () => {
    await addCopies(dataset, 140);
    await slowTable(20);
    const views = await Array.fromAsync(dataset.views.keys({ imagesOnly: true }));
    const { id } = await jobs.start(dataset, { table: 'emb', selection: views });
    await once(id, (job) => job.embedded >= 8);
    await jobs[Symbol.asyncDispose]();
    await (await dataset.store.open('image')).delete(`id = '${views.at(-1)?.id}'`);
    jobs = openJobs();
    jobs.resume(await openLibrary());
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', total: 151, embedded: 151 });
  });

  test('fails with the reason where its dataset is gone', async () => {
    await addCopies(dataset, 140);
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await once(id, (job) => job.embedded > 0);
    await jobs[Symbol.asyncDispose]();
    jobs = openJobs();
    await rename(join(copy.path, 'health_images'), join(copy.path, 'renamed'));
    jobs.resume(await openLibrary());
    const error = 'The dataset in the folder "health_images" is gone, or cannot be opened.';
    expect(await ended(id)).toMatchObject({ state: 'FAILED', error });
  });
});

describe('a job that is tried again', () => {
  test('where it has not ended, or has left nothing, is a conflict', async () => {
    await slowTable(50);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    await expect(jobs.retry(id, dataset)).rejects.toMatchObject({ code: 'JOB_RUNNING', jobId: id });
    await ended(id);
    await expect(jobs.retry(id, dataset)).rejects.toMatchObject({ code: 'CONFLICT', jobId: id });
  });

  test('is a new one, of just the failures where it had succeeded', async () => {
    await slowTable(0);
    await writeFile(join(copy.media, 'refused'), 'refuse');
    await addViews(dataset, [
      { id: 'missing', url: 'gone.jpg' },
      { id: 'refused', url: 'refused' },
      { id: 'deleted', url: 'gone.jpg' },
    ]);
    const { id } = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(id)).toMatchObject({ total: 15, embedded: 12, failed: 3 });
    await writeFile(join(copy.media, 'gone.jpg'), 'there now');
    await (await dataset.store.open('image')).delete("id = 'deleted'");
    const again = await jobs.retry(id, dataset);
    expect(again).toMatchObject({ retryOf: id, total: 2, state: 'QUEUED' });
    expect(await ended(again.id)).toMatchObject({ state: 'SUCCEEDED', embedded: 1, skipped: 0, failed: 1 });
    expect(jobs.failures(again.id).map(({ view }) => view.id)).toEqual(['refused']);
    expect(jobs.get(id)).toMatchObject({ embedded: 12, failed: 3 });
  });

  test('goes on with the rest where it was cancelled, and tries its failures', async () => {
    await addViews(dataset, [{ id: 'missing', url: 'gone.jpg' }]);
    await addCopies(dataset, 140);
    await slowTable(20);
    const { id } = await jobs.start(dataset, { table: 'emb', selection: { table: 'image', limit: 150 } });
    await once(id, (job) => job.embedded > 0);
    jobs.cancel(id);
    const { embedded, failed } = await ended(id);
    expect(failed).toBeGreaterThan(0);
    await writeFile(join(copy.media, 'gone.jpg'), 'there now');
    const again = await jobs.retry(id, dataset);
    expect(await ended(again.id)).toMatchObject({
      state: 'SUCCEEDED',
      retryOf: id,
      total: 150,
      skipped: embedded,
      embedded: 150 - embedded,
      failed: 0,
    });
  });
});

describe('a picture that failed for its own fault', () => {
  test('is not tried again by the next job until its file changes, but by a retry', async () => {
    const calls = join(copy.temporary, 'calls');
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { calls } });
    await writeFile(join(copy.media, 'refused'), 'refuse');
    await addViews(dataset, [{ id: 'refused', url: 'refused' }]);
    const tried = async () => (await readFile(calls, 'utf8')).split('\n').filter((line) => line === '"refuse"').length;
    const first = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(first.id)).toMatchObject({ embedded: 12, failed: 1 });
    const before = await tried();
    expect(before).toBeGreaterThan(0);

    const second = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(second.id)).toMatchObject({ skipped: 12, embedded: 0, failed: 1 });
    expect(jobs.failures(second.id)).toMatchObject([{ view: { id: 'refused' }, code: expect.any(String) }]);
    expect(await tried()).toBe(before);

    const retried = await jobs.retry(second.id, dataset);
    expect(await ended(retried.id)).toMatchObject({ total: 1, failed: 1 });
    expect(await tried()).toBeGreaterThan(before);

    const earlier = await jobs.retry(first.id, dataset);
    const triedTwice = await tried();
    expect(await ended(earlier.id)).toMatchObject({ retryOf: first.id, total: 1, failed: 1 });
    expect(await tried()).toBeGreaterThan(triedTwice);

    await writeFile(join(copy.media, 'refused'), 'better');
    const third = await jobs.start(dataset, { table: 'emb' });
    expect(await ended(third.id)).toMatchObject({ skipped: 12, embedded: 1, failed: 0 });
  });
});
