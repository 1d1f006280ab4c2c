import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { type Alteration, openAlteredModels } from './altered-model.ts';
import { addCopies, addViews } from './more-views.ts';
import { addDuplicates, rewriteVectors, rounded } from './rewritten-vectors.ts';
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

const picture = (name: string) => join(copy.media, 'health_images/all', name);
const finding = (code: string, count: number, message = /\w/) => ({
  code,
  count,
  message: expect.stringMatching(message),
});

describe('a table that is right', () => {
  test.each(['emb_tiny', 'emb_open-clip'])('as Python wrote it: %s', async (table) => {
    const { sample, ...verification } = await dataset.verify(table);
    expect(verification).toEqual({
      rows: 12,
      sampled: 12,
      worstDistance: expect.any(Number),
      tolerance: 3e-4,
      ok: true,
      wrong: [],
      findings: [],
      notKept: null,
    });
    expect(verification.worstDistance).toBeLessThan(1e-9);
    expect(sample.map(({ position }) => position)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });

  test.each(['embeddings', 'emb_072'])('of the records layout: %s', async (table) => {
    await using records = await copyOfLibrary('records', models);
    const opened = await openDataset(records);
    if (table === 'emb_072') {
      await makeTable(opened, table);
      await compute(opened, table);
    }
    expect(await opened.verify(table)).toMatchObject({
      ok: true,
      sampled: await (await opened.embeddingTable(table)).rowCount(),
    });
  });

  test.each([
    ['float16', 10],
    ['bfloat16', 7],
  ])('was computed in %s', async (_, bits) => {
    await rewriteVectors(dataset, 'emb_tiny', rounded(bits));
    const { ok, worstDistance } = await dataset.verify('emb_tiny');
    expect([ok, Number(worstDistance) > 1e-9]).toEqual([true, true]);
  });

  test('has vectors of any length, where its model does not normalise them', async () => {
    const options = { name: 'free-batch', pretrained: 'random', normalize: false };
    await makeTable(dataset, 'emb', { embeddingFunction: 'open-clip', options });
    await compute(dataset, 'emb');
    expect(await dataset.verify('emb')).toMatchObject({ ok: true, findings: [], sampled: 12 });
    await rewriteVectors(dataset, 'emb', (vector, index) => (index < 5 ? vector.map((each) => each * 2) : vector));
    expect(await dataset.verify('emb')).toMatchObject({
      ok: false,
      worstDistance: expect.closeTo(0),
      findings: [finding('OTHER_LENGTHS', 5, /^5 of 12 .*recompute/)],
    });
  });

  test('may have no rows, or lack views, or have rows of which only one counts', async () => {
    await makeTable(dataset, 'emb');
    expect(await dataset.verify('emb')).toMatchObject({
      ok: true,
      rows: 0,
      sampled: 0,
      worstDistance: null,
      findings: [finding('EMPTY', 12, /compute/)],
    });
    await addDuplicates(dataset, 'emb_tiny', 3);
    await addCopies(dataset, 2);
    const [first] = await dataset.getData('image');
    await (await dataset.store.open('image')).delete(`id = '${first?.id}'`);
    const { ok, sampled, findings, sample } = await dataset.verify('emb_tiny');
    expect({ ok, sampled, findings }).toEqual({
      ok: true,
      // The view that is gone has two of the 15 rows.
      sampled: 13,
      findings: [finding('ORPHANS', 1), finding('MISSING_VIEWS', 2), finding('DUPLICATES', 3)],
    });
    const orphans = sample.filter(({ distance }) => distance === null);
    expect(orphans.map(({ view }) => view.id)).toEqual([first?.id, first?.id]);
    expect(orphans[0]?.reason).toMatch(/no longer/);
  });
});

describe('vectors that are wrong by themselves', () => {
  test('are all counted, each kind apart, and leave the others to be compared', async () => {
    await addDuplicates(dataset, 'emb_tiny', 8);
    const wrong = [
      (vector: Float32Array) => vector.with(3, Number.NaN),
      (vector: Float32Array) => vector.with(7, Number.NEGATIVE_INFINITY),
      () => null,
      () => new Float32Array(512),
      (vector: Float32Array) => vector.map((each) => each * 1.5),
    ];
    await rewriteVectors(dataset, 'emb_tiny', (vector, index) => {
      const change = index < 10 ? wrong[index % 5] : undefined;
      return change === undefined ? vector : change(vector);
    });
    const { ok, rows, sampled, findings, worstDistance } = await dataset.verify('emb_tiny');
    expect({ ok, rows, sampled }).toEqual({ ok: false, rows: 20, sampled: 12 });
    expect(worstDistance).toBeLessThan(1e-9);
    const all = /^\d of 20 vectors .* \(recompute\)/;
    expect(findings).toEqual(
      expect.arrayContaining([
        finding('NON_FINITE_VECTORS', 4, all),
        finding('NULL_VECTORS', 2, all),
        finding('ZERO_VECTORS', 2, all),
        finding('NOT_NORMALIZED', 2, all),
        finding('DUPLICATES', 8),
      ]),
    );
    expect(findings).toHaveLength(5);
  });

  test('are found wherever they are, however small the sample', async () => {
    await rewriteVectors(dataset, 'emb_tiny', (vector, index) => (index === 11 ? vector.fill(Number.NaN) : vector));
    expect(await dataset.verify('emb_tiny', { sample: 1 })).toMatchObject({
      ok: false,
      sampled: 1,
      findings: [finding('NON_FINITE_VECTORS', 1)],
    });
  });

  test('are of any length where the table is compared by the cosine', async () => {
    await using records = await copyOfLibrary('records', models);
    const opened = await openDataset(records);
    const lance = await opened.store.open('embeddings');
    const doubled = (await opened.getData('embeddings')).map(({ id, values }) => [id, values.vector] as const);
    for (const [id, vector] of doubled) {
      const numbers = Array.from(vector instanceof Float32Array ? vector : [], (each) => each * 2);
      await lance.update({
        where: `id = '${id}'`,
        valuesSql: { vector: `arrow_cast([${numbers}], 'FixedSizeList(512, Float32)')` },
      });
    }
    expect(await opened.verify('embeddings')).toMatchObject({ ok: true, worstDistance: expect.closeTo(0) });
  });
});

describe('the vectors of', () => {
  /** Fills a new table by other models under the names of ours, as another program would. */
  async function verifyAlteredModel(alteration: Alteration) {
    await using altered = await openAlteredModels(alteration);
    const other = await Dataset.open(dataset.path, { models: altered.models, mediaDir: copy.media });
    await makeTable(other, 'emb');
    await compute(other, 'emb');
    return dataset.verify('emb');
  }

  /** Pictures that are twice as wide as high. */
  async function addWidePictures(): Promise<void> {
    const names = ['os-bras.jpg', 'os-machoire.jpg', 'microscope-peau.jpg', 'os-fracture.png'];
    for (const name of names) {
      for (const gravity of ['north', 'south']) {
        const wide = sharp(picture(name)).resize(640, 320, { fit: 'cover', position: gravity });
        await wide.toFile(join(copy.media, `${gravity}-${name}.png`));
      }
    }
    const urls = names.flatMap((name) => [`north-${name}.png`, `south-${name}.png`]);
    await addViews(
      dataset,
      urls.map((url) => ({ id: url, url })),
    );
    const few = (await dataset.getData('image')).slice(0, 12);
    await (await dataset.store.open('image')).delete(`id IN (${few.map(({ id }) => `'${id}'`)})`);
  }

  test('other weights under the same name', async () => {
    const { ok, worstDistance, findings } = await verifyAlteredModel({ otherWeights: true });
    expect(ok).toBe(false);
    expect(worstDistance).toBeGreaterThan(0.9);
    expect(findings).toEqual([finding('ANOTHER_MODEL', 12, /^12 of 12 .* pixano-tiny-clip .*verify .*recompute/)]);
  });

  test.each([
    ['bilinear', { interpolation: 'bilinear' }],
    ['another mean and std', { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }],
    ['those of ImageNet', { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }],
  ])('the same model, whose pictures were prepared otherwise: %s', async (_, preprocess) => {
    const { ok, worstDistance, findings } = await verifyAlteredModel({ preprocess });
    expect(ok).toBe(false);
    expect(worstDistance).toBeLessThan(0.75);
    expect(findings).toEqual([finding('ANOTHER_PREPROCESSING', expect.any(Number), /of 12 .*mean, std/)]);
    expect(findings[0]?.count).toBeGreaterThan(4);
  });

  test('the same model, whose pictures were squashed and not cropped', async () => {
    await addWidePictures();
    const { ok, findings } = await verifyAlteredModel({ preprocess: { resize_mode: 'squash' } });
    expect(ok).toBe(false);
    expect(findings).toEqual([finding('ANOTHER_PREPROCESSING', 8)]);
  });

  test('the same model, whose pictures another program made smaller', async () => {
    const urls = (await dataset.getData('image')).map(({ values }) => join(copy.media, String(values.url)));
    const originals = new Map<string, Buffer>();
    for (const url of urls) {
      const bytes = await readFile(url);
      originals.set(url, bytes);
      const small = sharp(bytes).resize({ width: 224, height: 224, fit: 'outside', kernel: 'cubic' });
      await writeFile(url, await small.png().toBuffer());
    }
    await makeTable(dataset, 'emb');
    await compute(dataset, 'emb');
    for (const [url, bytes] of originals) await writeFile(url, bytes);
    const { ok, findings } = await dataset.verify('emb');
    expect(ok).toBe(false);
    expect(findings).toEqual([finding('ANOTHER_PREPROCESSING', expect.any(Number))]);
  });

  test('two models are told to be mixed', async () => {
    await using altered = await openAlteredModels({ otherWeights: true });
    const other = await Dataset.open(dataset.path, { models: altered.models, mediaDir: copy.media });
    await makeTable(other, 'emb');
    await compute(other, 'emb', { limit: 4 });
    const [rows, right] = await Promise.all([dataset.getData('emb'), dataset.getData('emb_tiny')]);
    const wrong = new Map(rows.map(({ values }) => [JSON.stringify(values.view_ref), values.vector]));
    await rewriteVectors(dataset, 'emb_tiny', (vector, index) => {
      const other = wrong.get(JSON.stringify(right[index]?.values.view_ref));
      return other instanceof Float32Array ? other : vector;
    });
    expect(await dataset.verify('emb_tiny')).toMatchObject({
      ok: false,
      findings: [finding('ANOTHER_MODEL', 4, /^4 of 12 .*mixes .*recompute/)],
    });
  });

  test('a picture that was replaced since are few among many that are right', async () => {
    await writeFile(picture('os-bras.jpg'), await readFile(picture('microscope-peau.jpg')));
    const { ok, findings, sample } = await dataset.verify('emb_tiny');
    expect([ok, findings]).toEqual([false, [finding('REPLACED_VIEWS', 1, /^1 of 12 .*replaced since.*recompute/)]]);
    expect(sample.filter(({ distance }) => Number(distance) > 3e-4)).toHaveLength(1);
  });

  test('a model of another length are not compared', async () => {
    const space = { embeddingFunction: 'touchy', options: { dimensions: 4 }, dimensions: 3 };
    await makeTableOf(dataset, 'emb', space);
    expect(await dataset.verify('emb')).toMatchObject({
      ok: false,
      sampled: 0,
      worstDistance: null,
      findings: [finding('DIMENSION_MISMATCH', 1, /3 .* 4.*another table/), finding('EMPTY', 12)],
    });
  });
});

describe('pictures that cannot be read now', () => {
  test('are counted apart, and say nothing of the vectors', async () => {
    await rm(picture('os-bras.jpg'));
    await writeFile(picture('os-fracture.png'), 'no picture');
    const { ok, sampled, findings, sample } = await dataset.verify('emb_tiny');
    expect({ ok, sampled, findings }).toEqual({
      ok: true,
      sampled: 10,
      findings: [finding('UNREADABLE_VIEWS', 2, /^2 of 12 .*(os-bras|os-fracture)/)],
    });
    expect(sample.filter(({ reason }) => reason !== null)).toHaveLength(2);
  });

  test('leave nothing verified where they are all', async () => {
    for (const folder of await readdir(join(copy.media, 'health_images')))
      await rm(join(copy.media, 'health_images', folder), { recursive: true });
    expect(await dataset.verify('emb_tiny')).toMatchObject({
      ok: false,
      sampled: 0,
      findings: [finding('NOT_VERIFIED', 12), finding('UNREADABLE_VIEWS', 12)],
    });
    expect(await dataset.health(await dataset.embeddingTable('emb_tiny'))).toMatchObject({ health: 'READY' });
  });
});

describe('a verification', () => {
  const positions = async (options: object) => {
    const { sample } = await dataset.verify('emb_tiny', options);
    return sample.map(({ position }) => position);
  };

  test('spreads its sample over the table, the same one each time or one that a seed draws', async () => {
    expect(await positions({ sample: 4 })).toEqual([1, 4, 7, 10]);
    const drawn = await positions({ sample: 4, seed: 7 });
    expect(drawn).toEqual(await positions({ sample: 4, seed: 7 }));
    expect(drawn).not.toEqual([1, 4, 7, 10]);
    expect(drawn.map((position) => Math.floor(position / 3))).toEqual([0, 1, 2, 3]);
  });

  test.each([{ sample: 0 }, { sample: 1001 }, { sample: 1.5 }, { tolerance: -1 }, { tolerance: Number.NaN }])(
    'refuses %j',
    async (options) => {
      const [path] = Object.keys(options);
      await expect(dataset.verify('emb_tiny', options)).rejects.toMatchObject({ issues: [{ path: [path] }] });
    },
  );

  test('takes the tolerance that it is given', async () => {
    await rewriteVectors(dataset, 'emb_tiny', rounded(7));
    expect(await dataset.verify('emb_tiny', { tolerance: 1e-9 })).toMatchObject({ ok: false, tolerance: 1e-9 });
  });

  test('tells how far it is', async () => {
    const seen: unknown[] = [];
    await dataset.verify('emb_tiny', { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { phase: 'READING', done: 12, total: 12 },
      { phase: 'COMPUTING', done: 8, total: 12 },
      { phase: 'COMPUTING', done: 12, total: 12 },
    ]);
  });

  test('ends when it is told to', async () => {
    await expect(dataset.verify('emb_tiny', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    const abort = new AbortController();
    const onProgress = () => abort.abort();
    await expect(dataset.verify('emb_tiny', { signal: abort.signal, onProgress })).rejects.toThrow(/abort/);
  });

  test('needs a table, and its model', async () => {
    await expect(dataset.verify('emb_none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await makeTableOf(dataset, 'emb', { embeddingFunction: 'open-clip', options: { name: 'gone' }, dimensions: 3 });
    await expect(dataset.verify('emb')).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });
});
