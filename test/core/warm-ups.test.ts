import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import type { DatasetOptions } from '../../src/core/dataset-options.ts';
import type { EmbeddingProgress } from '../../src/core/embedding-pipeline.ts';
import { loadPlugins } from '../../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../../src/plugins/registry.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openModels, type TestModels } from '../library.ts';
import { addCopies } from './more-views.ts';
import { vectorsOf, worstDifference } from './stored-vectors.ts';
import { compute, makeTable, TINY, TOUCHY } from './tutorial.ts';

const REMOTE = join(TOUCHY, '../touchy-remote-plugin.ts');
/** With which the largest batch is by far the fastest. */
const FLAT = { imageMs: 20, maxBatch: 32 };
/** More than it takes to be worth a measurement, with the twelve that are there. */
const COPIES = 250;

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY, REMOTE]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
let sizes: string;
let kept: string;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await open();
  sizes = join(copy.temporary, 'sizes');
  kept = join(dataset.state.path, 'warm-ups.json');
});
afterEach(() => copy[Symbol.asyncDispose]());

function open(options: Partial<DatasetOptions> = {}): Promise<Dataset> {
  const path = join(copy.path, 'health_images');
  return Dataset.open(path, { models: models.models, mediaDir: copy.media, ...options });
}

/** Of all batches, those of a measurement among them; but not of one, for a batch may have its order looked at by one more. */
async function sizesOfBatches(): Promise<number[]> {
  const lines = (await readFile(sizes, 'utf8')).trim().split('\n');
  return lines.map(Number).filter((size) => size > 1);
}

/** Computes a new table, and gives the sizes of the batches. */
async function computeNew(name: string, embeddingFunction = 'touchy'): Promise<number[]> {
  await rm(sizes, { force: true });
  await makeTable(dataset, name, { embeddingFunction, options: { ...FLAT, sizes } });
  const count = await dataset.views.count({ imagesOnly: true });
  expect(await compute(dataset, name)).toMatchObject({ embedded: count, failed: 0 });
  return sizesOfBatches();
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const keptBatches = async () =>
  JSON.parse(await readFile(kept, 'utf8')).measured.map(({ batch }: { batch: number }) => batch);

/** Changes what the kept measurement says that it was made of. */
async function rewriteKept(change: object): Promise<void> {
  const { measured } = JSON.parse(await readFile(kept, 'utf8'));
  const [{ of, ...pace }] = measured;
  await writeFile(kept, JSON.stringify({ measured: [{ of: { ...of, ...change }, ...pace }] }));
}

describe('a job with much to do', () => {
  beforeEach(() => addCopies(dataset, COPIES));

  test('has the batch measured, and the next one has what was kept, also where the dataset is opened anew', async () => {
    const first = await computeNew('emb_1');
    expect(sum(first)).toBeGreaterThan(262);
    expect(first.slice(-3)).toEqual([32, 32, 6]);
    expect(await keptBatches()).toEqual([32]);
    dataset = await open();
    expect(await computeNew('emb_2')).toEqual([...Array(8).fill(32), 6]);
    expect(await keptBatches()).toEqual([32]);
  });

  test.each([
    ['on a machine with other cores', { cores: 1_000 }],
    ['with another version of the plugin', { version: '0.9.0' }],
    ['with other threads', { threads: 3 }],
    ['with another model', { options: {} }],
  ])('has it measured anew %s, and that of before is kept', async (_, change) => {
    await computeNew('emb_1');
    await rewriteKept(change);
    expect(sum(await computeNew('emb_2'))).toBeGreaterThan(262);
    expect(await keptBatches()).toEqual([32, 32]);
  });

  test.each(['', '{"measured": [{"batch": 0}]}', '[]'])('writes what was kept anew where it is %j', async (content) => {
    await dataset.state.writable();
    await writeFile(kept, content);
    expect(sum(await computeNew('emb_1'))).toBeGreaterThan(262);
    expect(await keptBatches()).toEqual([32]);
  });

  test('goes on where nothing can be kept', async () => {
    const stateDir = join(copy.temporary, 'file');
    await writeFile(stateDir, '');
    dataset = await open({ stateDir });
    expect((await computeNew('emb_1')).slice(-3)).toEqual([32, 32, 6]);
  });

  test('measures nothing where the batch is given', async () => {
    dataset = await open({ batch: 20 });
    expect(await computeNew('emb_1')).toEqual([...Array(13).fill(20), 2]);
    dataset = await open({ batch: 1_000 });
    expect(await computeNew('emb_2')).toEqual([...Array(8).fill(32), 6]);
    expect(existsSync(kept)).toBe(false);
  });

  test('measures nothing of a model on a server', async () => {
    expect(await computeNew('emb_1', 'touchy-remote')).toEqual([...Array(32).fill(8), 6]);
    expect(existsSync(kept)).toBe(false);
  });

  test('that is aborted while it measures ends, and keeps nothing', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { imageMs: 200, sizes } });
    const stop = new AbortController();
    const computation = compute(dataset, 'emb', {}, { signal: stop.signal });
    setTimeout(function abort() {
      if (existsSync(sizes)) stop.abort(new Error('enough'));
      else setTimeout(abort, 10);
    }, 10);
    await expect(computation).rejects.toThrow('enough');
    expect(sum(await sizesOfBatches())).toBeLessThan(10);
    expect(existsSync(kept)).toBe(false);
  });

  test('goes on with the usual batch where the model fails while it is measured', async () => {
    const retry = { times: 5, firstPauseMs: 1, longestPauseMs: 4 };
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { hiccups: 1, sizes } });
    expect(await compute(dataset, 'emb', {}, { retry })).toMatchObject({ embedded: 262, failed: 0 });
    expect(await sizesOfBatches()).toEqual([...Array(32).fill(8), 6]);
    expect(existsSync(kept)).toBe(false);
  });

  test('gets the vectors of a real model that it gets with another batch', async () => {
    const options = { name: 'free-batch', pretrained: 'random' };
    const measured = await makeTable(dataset, 'emb_1', { embeddingFunction: 'open-clip', options });
    await compute(dataset, 'emb_1');
    expect(await keptBatches()).toEqual([expect.any(Number)]);
    dataset = await open({ batch: 3 });
    const given = await makeTable(dataset, 'emb_2', { embeddingFunction: 'open-clip', options });
    await compute(dataset, 'emb_2');
    const expected = await vectorsOf(given);
    expect(expected.size).toBe(262);
    for (const [view, vector] of await vectorsOf(measured)) {
      expect(worstDifference(expected.get(view), vector)).toBeLessThan(1e-5);
    }
  });

  test('measures nothing of a model that takes one picture at a time', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'open-clip', options: TINY });
    expect(await compute(dataset, 'emb')).toMatchObject({ embedded: 262 });
    expect(existsSync(kept)).toBe(false);
  });
});

describe('a job with little to do', () => {
  test('has the usual batch, and what was measured before', async () => {
    expect(await computeNew('emb_1')).toEqual([8, 4]);
    await addCopies(dataset, COPIES);
    await computeNew('emb_2');
    await (await dataset.store.open('image')).delete("id LIKE 'copy-%'");
    expect(await computeNew('emb_3')).toEqual([12]);
  });
});

test('the built-in plugins of servers say that they are such', async () => {
  const plugins = await loadPlugins([], FIXTURES);
  const remote = plugins.filter(({ plugin }) => plugin.remote).map(({ plugin }) => plugin.name);
  expect(remote).toEqual(['openai-compatible', 'pixano-inference']);
});

describe('a long job of a model on many threads', () => {
  const PACED = join(TOUCHY, '../paced-plugin.ts');
  const SLOW = 500;
  let registry: PluginRegistry;
  let loads: string;
  beforeEach(async () => {
    await addCopies(dataset, COPIES);
    loads = join(copy.temporary, 'loads');
    await openPaced();
  });
  afterEach(() => registry[Symbol.asyncDispose]());

  /** As another process would, with all that is kept. */
  async function openPaced(options: Partial<DatasetOptions> = {}): Promise<void> {
    const context = { modelFolders: [], threads: 8 };
    registry = new PluginRegistry({ plugins: await loadPlugins([PACED], FIXTURES), context });
    dataset = await open({ models: registry, ...options });
  }

  async function reopen(options: Partial<DatasetOptions> = {}): Promise<void> {
    await registry[Symbol.asyncDispose]();
    await rm(loads, { force: true });
    await openPaced(options);
  }

  async function computePaced(name: string, usualMs = SLOW): Promise<readonly EmbeddingProgress[]> {
    await makeTable(dataset, name, { embeddingFunction: 'paced', options: { usualMs, loads } });
    return Array.fromAsync(dataset.computeViewEmbeddings(name));
  }

  const keptRuns = async () =>
    JSON.parse(await readFile(kept, 'utf8')).measured.map(({ imageRuns }: { imageRuns?: object }) => imageRuns);
  const loadsOf = async () => (await readFile(loads, 'utf8')).trim().split('\n');

  test('tries other runs, has the model loaded with the fastest, and says that it measures', async () => {
    const progress = await computePaced('emb_1');
    expect(progress.map(({ measuring = false }) => measuring)).toEqual([
      false,
      true,
      ...progress.slice(2).map(() => false),
    ]);
    expect(progress.at(-1)).toMatchObject({ embedded: 262, failed: 0 });
    const [runs] = await keptRuns();
    const last = `${runs.atOnce} x ${runs.threads}`;
    const [first, ...tried] = await loadsOf();
    expect([first, tried.slice(0, -1)]).toEqual(['2 x 4', expect.arrayContaining(['4 x 2', last])]);
    expect(tried.at(-1)).toBe(last);
  });

  test('that comes later, also with the dataset opened anew, has them at the first load', async () => {
    await computePaced('emb_1');
    const [runs] = await keptRuns();
    await reopen();
    expect((await computePaced('emb_2')).some(({ measuring }) => measuring)).toBe(false);
    expect(await loadsOf()).toEqual([`${runs.atOnce} x ${runs.threads}`]);
  });

  test('tries none where a person has said how many threads there are to be', async () => {
    await reopen({ threads: 8 });
    await computePaced('emb_1', 20);
    expect(await loadsOf()).toEqual(['2 x 4']);
    expect(await keptRuns()).toEqual([undefined]);
  });

  test('tries none where it takes less than two minutes', async () => {
    await computePaced('emb_1', 20);
    expect(await loadsOf()).toEqual(['2 x 4']);
    expect(await keptRuns()).toEqual([undefined]);
  });

  test('that is aborted while it tries them ends, and keeps nothing', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'paced', options: { usualMs: SLOW, loads } });
    const stop = new AbortController();
    const computation = compute(dataset, 'emb', {}, { signal: stop.signal });
    const abort = async () => {
      while ((await loadsOf().catch(() => [])).length < 2) await new Promise(setImmediate);
      stop.abort(new Error('enough'));
    };
    await Promise.all([expect(computation).rejects.toThrow('enough'), abort()]);
    expect(existsSync(kept)).toBe(false);
  });
});
