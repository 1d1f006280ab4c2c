import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { Turns } from '../../src/core/turns.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies, addViews } from './more-views.ts';
import { checked, compute, makeTable, TOUCHY } from './tutorial.ts';

const run = promisify(execFile);

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const touchy = (name = 'emb', options: object = {}) =>
  makeTable(dataset, name, { embeddingFunction: 'touchy', options });
const lance = async (name = 'emb') => (await dataset.embeddingTable(name)).lance();
const fragments = async () => (await (await lance()).stats()).fragmentStats.numFragments;
const folder = () => join(dataset.path, 'db', 'emb.lance');

describe('what many commits leave behind', () => {
  test('is one fragment in the end, and every version before it can still be read', async () => {
    await addCopies(dataset, 188);
    await touchy();
    const table = await lance();
    await (await table.tags()).create('empty', await table.version());
    expect(await compute(dataset, 'emb')).toMatchObject({ embedded: 200 });
    expect(await fragments()).toBe(1);
    const rows = new Set<number>();
    for (const { version } of await table.listVersions()) {
      await table.checkout(version);
      rows.add((await table.query().select(['vector']).toArrow()).numRows);
    }
    expect([...rows].at(0)).toBe(0);
    expect([...rows].at(-1)).toBe(200);
    expect(rows.size).toBeGreaterThan(3);
  });

  test('stays as it is where little was added to much', async () => {
    await addCopies(dataset, 188);
    await touchy();
    await compute(dataset, 'emb');
    await addViews(dataset, [{ id: 'one-more' }]);
    await compute(dataset, 'emb');
    expect(await fragments()).toBe(2);
  });
});

test('a view that Pixano has twice, far apart, gets one row', async () => {
  await addViews(dataset, [{ id: 'twin' }]);
  await addCopies(dataset, 100);
  await addViews(dataset, [{ id: 'twin' }]);
  const table = await touchy();
  expect(await compute(dataset, 'emb')).toMatchObject({ total: 114, embedded: 114 });
  expect(await table.rowCount()).toBe(113);
});

test('rows that another computation writes meanwhile are not written again', async () => {
  await addCopies(dataset, 188);
  const table = await touchy();
  const other = await openDataset(copy);
  let others: Promise<unknown> | undefined;
  for await (const { embedded } of checked(dataset.computeViewEmbeddings('emb'))) {
    if (embedded > 0) others ??= compute(other, 'emb');
  }
  await others;
  expect(await table.rowCount()).toBe(200);
  expect(await dataset.coverage(table)).toMatchObject({ rows: 200, embedded: 200, duplicates: 0 });
});

test('batches of two computations take turns', async () => {
  await addCopies(dataset, 188);
  const names = ['emb_a', 'emb_b'];
  const calls = (name: string) => join(copy.temporary, name);
  for (const name of names) {
    await writeFile(calls(name), '');
    await touchy(name, { imageMs: 5, calls: calls(name) });
  }
  const embedded = async (name: string) => (await readFile(calls(name), 'utf8')).split('\n').length - 1;
  const turns = new Turns(1);
  const both = names.map((name) => compute(dataset, name, {}, { turns }));
  await Promise.race(both);
  const counts = await Promise.all(names.map(embedded));
  // A few are embedded again, alone, to see that a batch comes back in order.
  expect(Math.max(...counts)).toBeGreaterThanOrEqual(200);
  // The other one is behind by what it took to begin, and by what the first one does beside its batches.
  expect(Math.min(...counts)).toBeGreaterThan(100);
  expect(await Promise.all(both)).toMatchObject([{ embedded: 200 }, { embedded: 200 }]);
});

test('work that is told to end leaves the batch that takes long, and keeps what there is', async () => {
  await writeFile(join(copy.media, 'long'), 'sleep 2500');
  await addViews(dataset, [{ id: 'long', url: 'long' }]);
  await addCopies(dataset, 20);
  const table = await touchy();
  const stop = new AbortController();
  const stopped = (async () => {
    for await (const { embedded } of checked(dataset.computeViewEmbeddings('emb', {}, { signal: stop.signal }))) {
      if (embedded > 0) stop.abort(new Error('enough'));
    }
  })();
  await expect(stopped).rejects.toThrow('enough');
  // The second batch has the long one, and the others wait for it.
  expect(await table.rowCount()).toBe(8);
  expect(await compute(dataset, 'emb')).toMatchObject({ total: 33, skipped: 8, embedded: 25 });
  expect(await table.rowCount()).toBe(33);
});

describe('a table that cannot be written to any more', () => {
  /** Computes, does something to the table as soon as a part of it is there, and gives what was told last. */
  async function computeUntil(harm: () => Promise<unknown>) {
    let told = 0;
    let error: unknown;
    try {
      for await (const { embedded } of checked(dataset.computeViewEmbeddings('emb'))) {
        if (told === 0 && embedded > 0) await harm();
        told = embedded;
      }
    } catch (cause) {
      error = cause;
    }
    return { told, error };
  }

  beforeEach(async () => {
    await addCopies(dataset, 188);
    await touchy('emb', { imageMs: 5 });
  });

  test('because it was dropped fails the computation, which says so', async () => {
    const { error } = await computeUntil(() => rm(folder(), { recursive: true }));
    expect(error).toMatchObject({ name: 'WriteError', code: 'TABLE_GONE', message: expect.stringContaining('"emb"') });
  });

  test('for whatever reason fails it, and what was told is there when it can be written to again', async () => {
    const data = join(folder(), 'data');
    const { told, error } = await computeUntil(async () => {
      await rename(data, `${data}-aside`);
      await writeFile(data, '');
    });
    expect(error).toMatchObject({ name: 'WriteError', message: /cannot be written to: .*\w\.$/ });
    await rm(data);
    await rename(`${data}-aside`, data);
    expect(told).toBeGreaterThan(0);
    expect(await compute(dataset, 'emb')).toMatchObject({ total: 200, skipped: told, embedded: 200 - told });
  });

  test('because the disk is full says so, and goes on when there is room', async (context) => {
    const data = join(folder(), 'data');
    const size = (bytes: string) => ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', data];
    await mkdir(data, { recursive: true });
    // Only root may mount, and not everywhere.
    const mounted = await run('mount', size('16k')).catch(() => null);
    if (mounted === null) return context.skip();
    try {
      const { told, error } = await computeUntil(async () => {});
      expect(error).toMatchObject({ name: 'WriteError', code: 'DISK_FULL', message: /disk is full.*Make room/ });
      expect(told).toBeLessThan(200);
      await run('mount', ['-o', 'remount,size=10m', data]);
      expect(await compute(dataset, 'emb')).toMatchObject({ total: 200, skipped: told, embedded: 200 - told });
      expect(await (await dataset.embeddingTable('emb')).rowCount()).toBe(200);
    } finally {
      await run('umount', [data]);
    }
  });
});
