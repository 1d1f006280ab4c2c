import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openApi, type TestApi } from './api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await openApi('items');
});
afterEach(() => api[Symbol.asyncDispose]());

test('what a verification finds wrong is the health of the table until it is computed anew', async () => {
  const tables = async () => {
    const { data } = await api.ask<{ dataset: { embeddingTables: { name: string }[] } }>(
      '{ dataset(by: { folder: "health_images" }) { embeddingTables { name health findings { code count message } } } }',
    );
    return data.dataset.embeddingTables.find(({ name }) => name === 'emb_tiny');
  };
  const folder = join(api.copy.media, 'health_images/all');
  await writeFile(join(folder, 'os-bras.jpg'), await readFile(join(folder, 'microscope-peau.jpg')));
  const dataset = await api.library.find({ folder: 'health_images' });
  await dataset?.verify('emb_tiny');
  expect(await tables()).toEqual({
    name: 'emb_tiny',
    health: 'STALE',
    findings: [{ code: 'REPLACED_VIEWS', count: 1, message: expect.stringMatching(/^1 of 12 .*recompute/) }],
  });
  await Array.fromAsync(dataset?.computeViewEmbeddings('emb_tiny', {}, { recompute: true }) ?? []);
  expect(await tables()).toEqual({ name: 'emb_tiny', health: 'READY', findings: [] });
});
