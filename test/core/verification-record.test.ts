import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies } from './more-views.ts';
import { addDuplicates, rewriteVectors } from './rewritten-vectors.ts';
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

const health = async (of = dataset) => of.health(await of.embeddingTable('emb_tiny'));
const recordOf = (library: string) => join(library, '.viewfinder/verifications/health_images/emb_tiny.json');

/** Two pictures replace others: the vectors of two rows are wrong. */
async function replacePictures(): Promise<void> {
  const folder = join(copy.media, 'health_images/all');
  const other = await readFile(join(folder, 'microscope-peau.jpg'));
  for (const name of ['os-bras.jpg', 'os-machoire.jpg']) await writeFile(join(folder, name), other);
}

const replaced = { code: 'REPLACED_VIEWS', count: 2, message: expect.stringMatching(/replaced since/) };

describe('what a verification finds wrong', () => {
  test('is the health of the table, also of a library that is opened anew or copied', async () => {
    await replacePictures();
    expect(await health()).toEqual({ health: 'READY', findings: [] });
    await dataset.verify('emb_tiny');
    const stale = { health: 'STALE', findings: [replaced] };
    expect(await health()).toEqual(stale);
    expect(await health(await openDataset(copy))).toEqual(stale);
    const library = join(copy.temporary, 'copied');
    await cp(copy.path, library, { recursive: true });
    expect(await health(await openDataset({ ...copy, path: library }))).toEqual(stale);
  });

  test('outlives rows that are added, and rows that are computed anew beside it', async () => {
    await replacePictures();
    await dataset.verify('emb_tiny');
    await addDuplicates(dataset, 'emb_tiny', 1);
    expect((await health()).findings).toEqual([replaced, expect.objectContaining({ code: 'DUPLICATES' })]);
    await addCopies(dataset, 2);
    expect(await compute(dataset, 'emb_tiny')).toMatchObject({ embedded: 2 });
    expect((await health()).health).toBe('STALE');
    const right = (await dataset.getData('image')).filter(({ values }) => !/bras|machoire/.test(String(values.url)));
    await compute(dataset, 'emb_tiny', right, { recompute: true });
    expect((await health()).findings).toContainEqual(replaced);
  });

  test('ends when the vectors are computed anew', async () => {
    await replacePictures();
    await dataset.verify('emb_tiny');
    await compute(dataset, 'emb_tiny', {}, { recompute: true });
    expect(await health()).toEqual({ health: 'READY', findings: [] });
    expect(await dataset.verify('emb_tiny')).toMatchObject({ ok: true });
  });

  test('ends, each finding by itself, when another program has put it right', async () => {
    const vectors: Float32Array[] = [];
    await rewriteVectors(dataset, 'emb_tiny', (vector, index) => {
      vectors.push(vector);
      if (index === 3) return null;
      return index < 3 ? vector.map(() => Number.NaN) : vector;
    });
    await dataset.verify('emb_tiny');
    const missing = { code: 'NULL_VECTORS', count: 1, message: expect.any(String) };
    const notFinite = { code: 'NON_FINITE_VECTORS', count: 3, message: expect.any(String) };
    expect((await health()).findings).toEqual([notFinite, missing]);
    const lance = await dataset.store.open('emb_tiny');
    const [, , , row] = await dataset.getData('emb_tiny');
    await lance.delete(`id = '${row?.id}'`);
    expect((await health()).findings).toEqual([notFinite, expect.objectContaining({ code: 'MISSING_VIEWS' })]);
  });

  test('ends with the next verification that finds nothing', async () => {
    const picture = join(copy.media, 'health_images/all/os-bras.jpg');
    const original = await readFile(picture);
    await replacePictures();
    await writeFile(picture, original);
    await dataset.verify('emb_tiny');
    expect(await health()).toMatchObject({ health: 'STALE', findings: [{ code: 'REPLACED_VIEWS', count: 1 }] });
    await dataset.verify('emb_tiny', { tolerance: 2 });
    expect(await health()).toEqual({ health: 'READY', findings: [] });
  });

  test('of the length of vectors stands though the plugin says otherwise before its model is loaded', async () => {
    const table = await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    await compute(dataset, 'emb');
    const options = { dimensions: 4, located: 3 };
    await makeTableOf(dataset, 'other', { embeddingFunction: 'touchy', options, dimensions: 3 });
    await (await dataset.store.open('other')).add(await (await table.lance()).query().toArrow());
    expect(await dataset.verify('other')).toMatchObject({ ok: false, findings: [{ code: 'DIMENSION_MISMATCH' }] });
    expect(await dataset.health(await dataset.embeddingTable('other'))).toMatchObject({ health: 'DIMENSION_MISMATCH' });
  });
});

describe('the record of a verification', () => {
  test('is kept where the state folder is', async () => {
    const stateDir = join(copy.temporary, 'state');
    const opened = await Dataset.open(dataset.path, { models: models.models, mediaDir: copy.media, stateDir });
    expect(await opened.verify('emb_tiny', { sample: 3 })).toMatchObject({ notKept: null });
    const path = join(stateDir, 'verifications/health_images/emb_tiny.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      dataset: dataset.id,
      sampled: 3,
      ok: true,
      findings: [],
    });
    await expect(readFile(recordOf(copy.path))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that cannot be kept is said to be so, and the verification is what it is', async () => {
    const stateDir = join(copy.temporary, 'file');
    await writeFile(stateDir, '');
    await replacePictures();
    const opened = await Dataset.open(dataset.path, { models: models.models, mediaDir: copy.media, stateDir });
    expect(await opened.verify('emb_tiny')).toMatchObject({ ok: false, notKept: expect.stringMatching(/--state DIR/) });
    expect(await health(opened)).toEqual({ health: 'READY', findings: [] });
  });

  test.each(['{', '{"findings": 1}'])('counts as none where it is %s', async (text) => {
    await replacePictures();
    await dataset.verify('emb_tiny');
    await writeFile(recordOf(copy.path), text);
    expect(await health()).toEqual({ health: 'READY', findings: [] });
  });

  test('is of this dataset, whatever else had a folder of its name', async () => {
    await replacePictures();
    await dataset.verify('emb_tiny');
    const record = JSON.parse(await readFile(recordOf(copy.path), 'utf8'));
    await writeFile(recordOf(copy.path), JSON.stringify({ ...record, dataset: 'another' }));
    expect((await health()).health).toBe('READY');
  });
});
