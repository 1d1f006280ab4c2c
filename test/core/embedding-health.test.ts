import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import type { EmbeddingModels } from '../../src/core/embedding-models.ts';
import { PluginRegistry } from '../../src/plugins/registry.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies } from './more-views.ts';
import { compute, makeTable, makeTableOf, TOUCHY } from './tutorial.ts';

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

const health = async (name: string, of = dataset) => of.health(await of.embeddingTable(name));
const coverage = async (name: string) => dataset.coverage(await dataset.embeddingTable(name));
const openClip = { embeddingFunction: 'open-clip', dimensions: 512 };
const finding = (code: string, count: number, message: RegExp) => ({
  code,
  count,
  message: expect.stringMatching(message),
});

describe('a table', () => {
  test('that Python filled is ready', async () => {
    expect(await health('emb_tiny')).toEqual({ health: 'READY', findings: [] });
    expect(await coverage('emb_tiny')).toEqual({ rows: 12, views: 12, embedded: 12, duplicates: 0, orphans: 0 });
  });

  test('without a vector is empty', async () => {
    await makeTable(dataset, 'emb_ours');
    expect(await health('emb_ours')).toEqual({ health: 'EMPTY', findings: [finding('EMPTY', 12, /No view/)] });
  });

  test('goes from empty to partial to ready while it is computed', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    expect((await health('emb')).health).toBe('EMPTY');
    await compute(dataset, 'emb', { limit: 5 });
    expect(await health('emb')).toEqual({
      health: 'PARTIAL',
      findings: [finding('MISSING_VIEWS', 7, /^7 of 12 views/)],
    });
    await compute(dataset, 'emb');
    expect((await health('emb')).health).toBe('READY');
    await addCopies(dataset, 2);
    expect(await health('emb')).toMatchObject({ health: 'PARTIAL', findings: [{ count: 2 }] });
  });

  test('with vectors of views that are gone is stale, and all that is wrong is told', async () => {
    const [first] = await dataset.getData('image');
    await (await dataset.store.open('image')).delete(`id = '${first?.id}'`);
    expect(await health('emb_tiny')).toEqual({ health: 'STALE', findings: [finding('ORPHANS', 1, /^1 views?/)] });
    await addCopies(dataset, 3);
    const lance = await dataset.store.open('emb_tiny');
    await lance.add(await lance.query().limit(2).toArrow());
    expect(await health('emb_tiny')).toEqual({
      health: 'STALE',
      findings: [
        finding('ORPHANS', 1, /^1 /),
        finding('MISSING_VIEWS', 3, /^3 of 14 /),
        finding('DUPLICATES', 2, /^2 rows/),
      ],
    });
    expect(await coverage('emb_tiny')).toEqual({ rows: 14, views: 14, embedded: 11, duplicates: 2, orphans: 1 });
  });

  test('with rows that are there twice is ready all the same', async () => {
    const lance = await dataset.store.open('emb_tiny');
    await lance.add(await lance.query().toArrow());
    expect(await health('emb_tiny')).toEqual({ health: 'READY', findings: [finding('DUPLICATES', 12, /^12 rows/)] });
  });

  test('whose file of data is gone is corrupt', async () => {
    const folder = join(dataset.path, 'db/emb_tiny.lance/data');
    for (const file of await readdir(folder)) await rm(join(folder, file));
    expect(await health('emb_tiny')).toEqual({
      health: 'CORRUPT',
      findings: [finding('CORRUPT', 1, /emb_tiny\.lance cannot be read/)],
    });
    await expect(dataset.semanticSearch('a', { table: 'emb_tiny' })).rejects.toMatchObject({
      code: 'TABLE_UNREADABLE',
    });
    expect((await health('emb_open-clip')).health).toBe('READY');
  });
});

describe('a table cannot be used', () => {
  const with_ = (registry: EmbeddingModels) => Dataset.open(dataset.path, { models: registry, mediaDir: copy.media });

  test('where no plugin serves its function', async () => {
    await using none = new PluginRegistry({ plugins: [], context: { modelFolders: [], threads: 1 } });
    const opened = await with_(none);
    expect(await health('emb_tiny', opened)).toEqual({
      health: 'MISSING_PLUGIN',
      findings: [finding('MISSING_PLUGIN', 1, /"open-clip"/)],
    });
    await expect(opened.semanticSearch('a', { table: 'emb_tiny' })).rejects.toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      message: /"open-clip"/,
    });
  });

  test('where its model is not there, or its options are not those of the plugin', async () => {
    await makeTableOf(dataset, 'emb', { ...openClip, options: { name: 'elsewhere' } });
    const report = await health('emb');
    expect(report.health).toBe('MISSING_MODEL');
    expect(report.findings[0]?.message).toContain(join(models.modelFolder, 'elsewhere'));
    const options = { name: 'pixano-tiny-clip', flavour: 'new' };
    await makeTableOf(dataset, 'emb', { ...openClip, options }, { mode: 'overwrite' });
    expect(await health('emb')).toMatchObject({ health: 'MISSING_MODEL', findings: [{ message: /flavour/ }, {}] });
  });

  test('where its vectors have another length than those of its model', async () => {
    await makeTableOf(dataset, 'emb', { ...openClip, options: { name: 'free-batch__random' } });
    expect(await health('emb')).toMatchObject({
      health: 'DIMENSION_MISMATCH',
      findings: [finding('DIMENSION_MISMATCH', 1, /512.*6/), { code: 'EMPTY' }],
    });
    await expect(compute(dataset, 'emb')).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' });
    expect(await coverage('emb')).toMatchObject({ rows: 0 });
  });
});
