import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies } from './more-views.ts';
import { checked, compute, makeTable, TOUCHY } from './tutorial.ts';

/** Of which nobody notices the pauses. */
const retry = { times: 5, firstPauseMs: 1, longestPauseMs: 4 };

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
  await addCopies(dataset, 24);
});
afterEach(() => copy[Symbol.asyncDispose]());

const touchy = (options: object) => makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options });

test('a model that is not up at first is asked until it is, and no picture is to blame', async () => {
  const table = await touchy({ hiccups: 4 });
  expect(await compute(dataset, 'emb', {}, { retry })).toMatchObject({ total: 36, embedded: 36, failed: 0 });
  expect(await table.rowCount()).toBe(36);
});

test('a model that does not come up fails the computation, and no picture is to blame', async () => {
  const table = await touchy({ hiccups: 1_000_000 });
  const told: unknown[] = [];
  const computation = (async () => {
    for await (const { embedded, failed } of checked(dataset.computeViewEmbeddings('emb', {}, { retry }))) {
      told.push({ embedded, failed });
    }
  })();
  await expect(computation).rejects.toMatchObject({ code: 'MODEL_FAILED', message: expect.stringContaining('not up') });
  expect(told).toEqual([{ embedded: 0, failed: 0 }]);
  expect(await table.rowCount()).toBe(0);
});

test.each([1, 3, 4])('a model whose memory suffices for %i pictures a batch gets no more', async (memoryFor) => {
  const table = await touchy({ memoryFor });
  expect(await compute(dataset, 'emb', {}, { retry })).toMatchObject({ embedded: 36, failed: 0 });
  expect(await table.rowCount()).toBe(36);
});

test('a model whose memory suffices for none fails the computation', async () => {
  await touchy({ memoryFor: 0 });
  await expect(compute(dataset, 'emb', {}, { retry })).rejects.toMatchObject({ message: /out of memory/ });
});

test('who waits for a model that is not up can stop waiting', async () => {
  await touchy({ hiccups: 1_000_000 });
  const stop = new AbortController();
  const patient = { times: 100, firstPauseMs: 60_000, longestPauseMs: 60_000 };
  const computation = compute(dataset, 'emb', {}, { retry: patient, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 300);
  await expect(computation).rejects.toThrow('enough');
});
