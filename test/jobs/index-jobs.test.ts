import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { IndexVerdict } from '../../src/core/index/index-standing.ts';
import { Library } from '../../src/core/library.ts';
import { type EmbeddingJob, isFinished } from '../../src/jobs/embedding-job.ts';
import { EmbeddingJobs } from '../../src/jobs/embedding-jobs.ts';
import { ClusteredVectors, clusteredTable } from '../core/index/clustered-table.ts';
import { addCopies } from '../core/more-views.ts';
import { makeTable, TOUCHY } from '../core/tutorial.ts';
import { copyOfLibrary, type LibraryCopy, openModels, type TestModels } from '../library.ts';

const BY_HAND = { type: 'IVF_FLAT', minRecallAt10: 0.95 } as const;

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let library: Library;
let dataset: Dataset;
let logged: unknown[];
let jobs: EmbeddingJobs;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  library = await Library.open(copy.path, { models: models.models, mediaDir: copy.media, indexRows: 100 });
  dataset = (await library.find({ folder: 'health_images' })) ?? expect.unreachable();
  await dataset.state.writable();
  logged = [];
  jobs = openJobs();
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await copy[Symbol.asyncDispose]();
  expect(logged).toEqual([]);
});

function openJobs(): EmbeddingJobs {
  const log = { error: ({ err }: { err: unknown }) => logged.push(err) };
  return EmbeddingJobs.open({ folder: dataset.state.path, log, begunBy: 'serve' });
}

async function once(of: EmbeddingJobs, id: string, holds: (job: EmbeddingJob) => boolean): Promise<EmbeddingJob> {
  for await (const { job } of of.follow(id)) if (holds(job)) return job;
  throw new Error('The job ended before.');
}
const ended = (id: string) => once(jobs, id, isFinished);

async function verdict(): Promise<IndexVerdict> {
  return (await dataset.indexes.standing(await dataset.embeddingTable('emb'))).verdict;
}

async function computed(): Promise<EmbeddingJob> {
  return ended((await jobs.start(dataset, { table: 'emb' })).id);
}

describe('an index', () => {
  test('is made of itself when a computation leaves a large table, and not again while it serves', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    expect(await jobs.indexingAfter(await computed())).toBeNull();
    await addCopies(dataset, 140);
    const job = await jobs.indexingAfter(await computed());
    expect(job).toMatchObject({ kind: 'INDEX', total: 152, table: 'emb', retryOf: null });
    expect(await ended(job?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', embedded: 152, skipped: 0, failed: 0 });
    expect(await verdict()).toBe('HOLDS');
    expect(await jobs.indexingAfter(await computed())).toBeNull();
    expect(jobs.count()).toBe(4);
  });

  test('that a computation has outgrown is made anew after it', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    await addCopies(dataset, 140);
    await ended((await jobs.indexingAfter(await computed()))?.id ?? '');
    const copies = Array.from({ length: 20 }, (_, index) => ({ id: `more-${index}` }));
    await (await import('../core/more-views.ts')).addViews(dataset, copies);
    const job = await jobs.indexingAfter(await computed());
    expect(await ended(job?.id ?? '')).toMatchObject({ kind: 'INDEX', state: 'SUCCEEDED', total: 172 });
    const { index } = await dataset.indexes.standing(await dataset.embeddingTable('emb'));
    expect(index).toMatchObject({ indexedRows: 172, unindexedRows: 0 });
    expect(await verdict()).toBe('HOLDS');
  });
});

describe('a job that makes an index', () => {
  beforeEach(async () => {
    await clusteredTable(dataset, new ClusteredVectors().take(3000));
  });

  const indexing = () => jobs.startIndex(dataset, 'emb', BY_HAND);
  const running = (id: string) => once(jobs, id, ({ state }) => state === 'RUNNING');
  const measuring = (id: string) => once(jobs, id, ({ embedded }) => embedded > 1000);

  test('ends when it is cancelled, leaves the table as it was, and can be tried again', async () => {
    const { id } = await indexing();
    await running(id);
    jobs.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'CANCELLED' });
    expect(['NONE', 'UNMEASURED']).toContain(await verdict());
    const again = await jobs.retry(id, dataset);
    expect(again).toMatchObject({ kind: 'INDEX', retryOf: id, total: 3000 });
    expect(await ended(again.id)).toMatchObject({ state: 'SUCCEEDED', embedded: 3000 });
    await expect(jobs.retry(again.id, dataset)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('that is cancelled while it measures leaves an index that is not used', async () => {
    const { id } = await indexing();
    await measuring(id);
    jobs.cancel(id);
    expect(await ended(id)).toMatchObject({ state: 'CANCELLED' });
    expect(await verdict()).toBe('UNMEASURED');
  });

  test('goes on under its id where the service ended, and does not make again what was made', async () => {
    const { id } = await indexing();
    await measuring(id);
    await jobs[Symbol.asyncDispose]();
    jobs = openJobs();
    expect(jobs.get(id)).toMatchObject({ state: 'INTERRUPTED', kind: 'INDEX' });
    const made = (await dataset.indexes.standing(await dataset.embeddingTable('emb'))).index?.identity;
    jobs.resume(library);
    expect(await ended(id)).toMatchObject({ state: 'SUCCEEDED', embedded: 3000, total: 3000 });
    expect(await verdict()).toBe('HOLDS');
    expect((await dataset.indexes.standing(await dataset.embeddingTable('emb'))).index?.identity).toBe(made);
  });

  test('and one that computes are not at work on a table at once', async () => {
    const { id } = await indexing();
    await expect(jobs.start(dataset, { table: 'emb' })).rejects.toMatchObject({ code: 'JOB_RUNNING', jobId: id });
    await expect(indexing()).rejects.toMatchObject({ code: 'JOB_RUNNING', jobId: id });
    jobs.cancel(id);
    await ended(id);
  });
});
