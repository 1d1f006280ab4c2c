import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { openAlteredModels } from './altered-model.ts';
import { addCopies } from './more-views.ts';
import { compute, makeTable } from './tutorial.ts';

let models: TestModels;
let otherWeights: TestModels;
let otherPreprocessing: TestModels;
beforeAll(async () => {
  models = await openModels();
  otherWeights = await openAlteredModels({ otherWeights: true });
  otherPreprocessing = await openAlteredModels({ preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } });
});
afterAll(async () => {
  for (const each of [models, otherWeights, otherPreprocessing]) await each[Symbol.asyncDispose]();
});

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const openWith = ({ models: registry }: TestModels) =>
  Dataset.open(dataset.path, { models: registry, mediaDir: copy.media });

describe('a table whose model was replaced by other weights under its name', () => {
  test('is not extended, and the error says what to do', async () => {
    await addCopies(dataset, 2);
    await expect(compute(await openWith(otherWeights), 'emb_tiny')).rejects.toMatchObject({
      name: 'ConflictError',
      code: 'CONFLICT',
      message: expect.stringMatching(/another model: 4 of 4 .*mix two vector spaces.*--recompute.*verify/),
    });
    expect(await (await dataset.embeddingTable('emb_tiny')).rowCount()).toBe(12);
  });

  test('is not mixed by computing a part of it anew', async () => {
    const other = await openWith(otherWeights);
    const part = compute(other, 'emb_tiny', { limit: 3 }, { recompute: true });
    await expect(part).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await dataset.verify('emb_tiny')).toMatchObject({ ok: true });
  });

  test('is computed anew as a whole', async () => {
    const other = await openWith(otherWeights);
    expect(await compute(other, 'emb_tiny', {}, { recompute: true })).toMatchObject({ embedded: 12 });
    expect(await other.verify('emb_tiny')).toMatchObject({ ok: true, sampled: 12 });
    await addCopies(dataset, 1);
    await expect(compute(dataset, 'emb_tiny')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('an interrupted recomputation', () => {
  const goOnWith = async (of: TestModels) => {
    const views = await Array.fromAsync(dataset.views.keys({ imagesOnly: true }));
    return compute(await openWith(of), 'emb_tiny', {}, { recompute: true, after: views[6] ?? null });
  };

  test('goes on where it came to with the model that it began with', async () => {
    expect(await goOnWith(models)).toMatchObject({ total: 12, skipped: 7, embedded: 5 });
  });

  test('begins again with another one, so that the two are never mixed', async () => {
    expect(await goOnWith(otherWeights)).toMatchObject({ total: 12, skipped: 0, embedded: 12 });
    expect(await (await openWith(otherWeights)).verify('emb_tiny')).toMatchObject({ ok: true, sampled: 12 });
  });
});

describe('a table is extended', () => {
  test.each([
    ['by the model that made it', () => models],
    ['by one that prepares pictures otherwise, which is for verify to tell', () => otherPreprocessing],
  ])('%s', async (_, of) => {
    await addCopies(dataset, 2);
    expect(await compute(await openWith(of()), 'emb_tiny')).toMatchObject({ embedded: 2, skipped: 12 });
  });

  test('where it is empty, or has but few rows', async () => {
    await makeTable(dataset, 'emb');
    expect(await compute(dataset, 'emb', { limit: 1 })).toMatchObject({ embedded: 1 });
    expect(await compute(dataset, 'emb', { limit: 3 })).toMatchObject({ embedded: 2 });
  });

  test('though a picture was replaced, or cannot be read, since', async () => {
    const folder = join(copy.media, 'health_images/all');
    const table = await dataset.embeddingTable('emb_tiny');
    const rows = await Array.fromAsync(table.rows());
    // Two of the four that are looked at.
    const views = await dataset.views.byKeys(
      [rows[1], rows[4]].flatMap((row) => (row === undefined ? [] : [row.view])),
    );
    const [replaced = '', gone = ''] = views.map((view) => join(copy.media, view?.address ?? ''));
    await writeFile(replaced, await readFile(join(folder, 'microscope-peau.jpg')));
    await rm(gone);
    await addCopies(dataset, 1);
    expect(await compute(dataset, 'emb_tiny')).toMatchObject({ embedded: 1 });
  });

  test('by nothing, without its model, where there is nothing to do', async () => {
    expect(await compute(await openWith(otherWeights), 'emb_tiny')).toMatchObject({ embedded: 0, skipped: 12 });
  });
});
