import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ClipModel } from '../../../src/plugins/open-clip/clip-model.ts';
import { ClipTokenizer } from '../../../src/plugins/open-clip/clip-tokenizer.ts';
import { findModelFolder } from '../../../src/plugins/open-clip/model-folder.ts';
import { describeModel } from '../../../src/plugins/open-clip/model-layout.ts';
import { clipOptions } from '../../../src/plugins/open-clip/options.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));
const KINDS = join(FIXTURES, 'models/open-clip');

const vector = z
  .string()
  .transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer));
const pictures = z.record(z.string(), vector);
const texts = z.array(z.object({ text: z.string(), tokens: z.array(z.int()), vector }));
const overrides = z.array(z.object({ preprocess: z.record(z.string(), z.json()), pictures }));
type Pictures = z.output<typeof pictures>;
type Texts = z.output<typeof texts>;

/** What Python gives, as make_models.py beside the folders recorded it. */
const reference = z
  .record(z.string(), z.object({ pictures, texts, overrides: overrides.default([]), french: texts.default([]) }))
  .parse(JSON.parse(await readFile(join(KINDS, 'reference.json'), 'utf8')));
const vit = reference.vit;
const nllb = reference.nllb;
if (vit === undefined || nllb === undefined) throw new Error('reference.json lacks its kinds');

const load = (name: string, options: object = {}, { models = KINDS, threads = 1 } = {}) =>
  ClipModel.load(clipOptions.parse({ name, pretrained: '', ...options }), { modelFolders: [models], threads });

async function openTokenizer(name: string, given: object = {}): Promise<ClipTokenizer> {
  const options = clipOptions.parse({ name, pretrained: '', ...given });
  const search = await findModelFolder(options, [KINDS]);
  if (!search.found) throw new Error(search.reason);
  return ClipTokenizer.open(search.layout.textual, (await describeModel(search.layout, options)).tokens);
}

function prepare(model: ClipModel, files: readonly string[]) {
  return Promise.all(
    files.map(async (file) => model.prepareImage(await readFile(join(FIXTURES, 'golden/pictures', file)))),
  );
}

/** The farthest component of all the vectors. */
function apart(found: readonly Float32Array[], recorded: readonly Float32Array[]): number {
  expect(found.map(({ length }) => length)).toEqual(recorded.map(({ length }) => length));
  return Math.max(
    ...recorded.flatMap((each, i) => Array.from(each, (value, d) => Math.abs(value - (found[i]?.[d] ?? NaN)))),
  );
}

async function picturesApart(model: ClipModel, recorded: Pictures): Promise<number> {
  const found: Float32Array[] = [];
  for (const image of await prepare(model, Object.keys(recorded))) found.push(...(await model.embedImages([image])));
  return apart(found, Object.values(recorded));
}

async function textsApart(model: ClipModel, recorded: Texts): Promise<number> {
  const found: Float32Array[] = [];
  for (const { text } of recorded) found.push(...(await model.embedTexts([text])));
  return apart(
    found,
    recorded.map((each) => each.vector),
  );
}

describe.each(Object.entries(reference))('a folder of the kind %s gives what Python gives', (name, recorded) => {
  let model: ClipModel;
  beforeAll(async () => {
    model = await load(name);
  });
  afterAll(() => model[Symbol.asyncDispose]());

  test('for pictures', async () => {
    expect(await picturesApart(model, recorded.pictures)).toBeLessThan(1e-5);
  });

  test('for several pictures at once', async () => {
    const found = await model.embedImages(await prepare(model, Object.keys(recorded.pictures)));
    expect(apart(found, Object.values(recorded.pictures))).toBeLessThan(1e-5);
  });

  test.runIf(recorded.texts.length > 0)('for texts, and for their tokens', async () => {
    const tokenizer = await openTokenizer(name);
    for (const { text, tokens } of recorded.texts) expect(Array.from(tokenizer.encode(text).ids), text).toEqual(tokens);
    expect(await textsApart(model, recorded.texts)).toBeLessThan(1e-5);
  });

  test('as vectors of the length that is said before it is loaded', async () => {
    const [first] = Object.values(recorded.pictures);
    expect(model.dimensions).toBe(first?.length);
    expect(model.modalities).toEqual(recorded.texts.length > 0 ? ['image', 'text'] : ['image']);
  });
});

describe('a batch', () => {
  test.each(['siglip', 'mobileclip2', 'nllb', 'm-clip'])(
    'of %s, fixed at 1, is 1, and several run at once',
    async (name) => {
      await using model = await load(name, {}, { threads: 2 });
      expect(model.maxBatch).toEqual({ image: 1, text: 1 });
      expect(model.maxConcurrency).toBeGreaterThan(2);
      const { pictures } = reference[name] ?? { pictures: {} };
      const images = await prepare(model, Object.keys(pictures));
      const found = await Promise.all(images.map((image) => model.embedImages([image])));
      expect(apart(found.flat(), Object.values(pictures))).toBeLessThan(1e-5);
    },
  );

  test.each(['vit', 'siglip2', 'bytes', 'halves'])('of %s is free', async (name) => {
    await using model = await load(name);
    expect(model.maxBatch.image).toBe(32);
  });
});

describe('what preprocess_cfg.json says is done:', () => {
  let models: string;
  beforeAll(async () => {
    models = await mkdtemp(join(tmpdir(), 'models-'));
    await cp(join(KINDS, 'vit'), join(models, 'vit'), { recursive: true });
    await rm(join(models, 'vit/textual'), { recursive: true });
  });
  afterAll(() => rm(models, { recursive: true }));

  test.each(vit.overrides)('$preprocess', async ({ preprocess, pictures }) => {
    const config = JSON.parse(await readFile(join(KINDS, 'vit/visual/preprocess_cfg.json'), 'utf8'));
    await writeFile(join(models, 'vit/visual/preprocess_cfg.json'), JSON.stringify({ ...config, ...preprocess }));
    await using model = await load('vit', {}, { models });
    // Pillow fills a picture with a palette by the colour's number.
    const { 'p.png': palette, ...others } = pictures;
    expect(palette).toBeDefined();
    expect(await picturesApart(model, preprocess.resize_mode === 'longest' ? others : pictures)).toBeLessThan(1e-5);
  });
});

describe('of several graphs in a folder', () => {
  test.each([
    ['fp16', 2e-3, 32],
    ['int8', 5e-2, 1],
  ] as const)('that of the dtype %s is taken where it is asked for, and is %f near', async (dtype, near, batch) => {
    await using model = await load('vit', { dtype });
    expect(model.maxBatch.image).toBe(batch);
    const farthest = Math.max(await picturesApart(model, vit.pictures), await textsApart(model, vit.texts));
    expect(farthest).toBeLessThan(near);
    expect(farthest).toBeGreaterThan(1e-5);
  });

  test('one that quantizes gives for several what it gives for each', async () => {
    await using model = await load('vit', { dtype: 'int8' });
    const files = Object.keys(vit.pictures);
    const together = await model.embedImages(await prepare(model, files));
    for (const [i, image] of (await prepare(model, files)).entries()) {
      expect(await model.embedImages([image])).toEqual([together[i]]);
    }
  });

  test('model.onnx is taken, else the most exact', async () => {
    const models = await mkdtemp(join(tmpdir(), 'models-'));
    try {
      await cp(join(KINDS, 'vit'), join(models, 'vit'), { recursive: true });
      for (const part of ['visual', 'textual']) await rm(join(models, `vit/${part}/model.onnx`));
      await using fp16 = await load('vit', { dtype: 'fp16' });
      await using most = await load('vit', {}, { models });
      const [image, same] = [...(await prepare(fp16, ['rgb.jpg'])), ...(await prepare(most, ['rgb.jpg']))];
      if (image === undefined || same === undefined) throw new Error('no pictures');
      expect(await most.embedImages([same])).toEqual(await fp16.embedImages([image]));
    } finally {
      await rm(models, { recursive: true });
    }
  });

  test('and both parts are of the same', async () => {
    const models = await mkdtemp(join(tmpdir(), 'models-'));
    try {
      await cp(join(KINDS, 'vit'), join(models, 'vit'), { recursive: true });
      const file = join(models, 'vit/textual/model.onnx');
      await rm(file);
      await expect(load('vit', {}, { models })).rejects.toMatchObject({
        code: 'MODEL_MISSING',
        message: `The model's file ${file} is missing: copy it there.`,
      });
    } finally {
      await rm(models, { recursive: true });
    }
  });

  test('one that is not there is named', async () => {
    await expect(load('siglip', { dtype: 'fp16' })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: `The model's file ${join(KINDS, 'siglip/visual/model_fp16.onnx')} is missing: copy it there.`,
    });
  });
});

describe('the language of NLLB-CLIP', () => {
  test('is the one that is asked for', async () => {
    await using model = await load('nllb', { language: 'fra_Latn' });
    const tokenizer = await openTokenizer('nllb', { language: 'fra_Latn' });
    for (const { text, tokens } of nllb.french) expect(Array.from(tokenizer.encode(text).ids), text).toEqual(tokens);
    expect(await textsApart(model, nllb.french)).toBeLessThan(1e-5);
    expect(await textsApart(model, nllb.texts)).toBeGreaterThan(1e-3);
  });

  test.each(['xyz_Latn', 'the'])('is refused where it is none, as with %s', async (language) => {
    await expect(load('nllb', { language })).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      message: `The tokenizer of ${join(KINDS, 'nllb/textual')} cannot be used: it knows no language "${language}"`,
    });
  });

  test('is refused by a model whose texts are in none', async () => {
    await expect(load('siglip', { language: 'fra_Latn' })).rejects.toThrow('it knows no language "fra_Latn"');
  });
});
