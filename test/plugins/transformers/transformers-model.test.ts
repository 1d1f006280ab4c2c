import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EmbeddingModel, ModelContext } from '../../../src/plugins/embedding-plugin.ts';
import { executionProviders } from '../../../src/plugins/onnx-device.ts';
import { transformersChoice, transformersOptions } from '../../../src/plugins/transformers/options.ts';
import { TransformersModel } from '../../../src/plugins/transformers/transformers-model.ts';
import { FIXTURES } from '../../library.ts';

const tiny = join(FIXTURES, 'models/tiny');
const hasGpu = (await executionProviders()).includes('cuda');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-models-'));
  for (const model of ['clip', 'siglip', 'dinov2'])
    await cp(join(tiny, model), join(folder, model), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

function load(
  model_name: string,
  options: Record<string, unknown> = {},
  context: Partial<ModelContext> = {},
): Promise<EmbeddingModel> {
  const choice = transformersChoice(transformersOptions.parse({ model_name, ...options }));
  return TransformersModel.load(choice, { modelFolders: [folder], threads: 2, ...context });
}

const picture = () => readFile(join(FIXTURES, 'golden/pictures/rgb.png'));

async function embedded(model: EmbeddingModel): Promise<Float32Array> {
  const [vector] = await model.embedImages([await model.prepareImage(await picture())]);
  return vector ?? new Float32Array();
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** A copy of a model with other files. */
async function altered(model: string, name: string, files: Record<string, object | string>): Promise<string> {
  await cp(join(tiny, model), join(folder, name), { recursive: true });
  for (const [file, change] of Object.entries(files)) {
    const path = join(folder, name, file);
    if (typeof change === 'string') {
      await writeFile(path, change);
      continue;
    }
    const value = await readFile(path, 'utf8').then(
      (text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)),
      () => ({}),
    );
    await writeFile(path, JSON.stringify({ ...value, ...change }));
  }
  return name;
}

describe('a model', () => {
  test('of pictures and texts says what it is', async () => {
    await using model = await load('clip');
    expect(model).toMatchObject({
      dimensions: 24,
      distance: 'l2',
      normalized: true,
      modalities: ['image', 'text'],
      maxBatch: { image: 32, text: 32 },
      maxConcurrency: 3,
    });
    expect(await model.embedTexts([])).toEqual([]);
    expect(await model.embedImages([])).toEqual([]);
  });

  test('runs pictures as was measured', async () => {
    await using usual = await load('clip', {}, { threads: 8 });
    expect(usual.imageRuns).toEqual({ atOnce: 2, threads: 4 });
    const imageRuns = { atOnce: 4, threads: 2 };
    await using model = await load('clip', {}, { threads: 8, imageRuns });
    expect(model).toMatchObject({ imageRuns, maxConcurrency: 5 });
    expect(cosine(await embedded(model), await embedded(usual))).toBeCloseTo(1, 6);
  });

  test('of pictures alone takes no texts', async () => {
    await using model = await load('dinov2', { batch_size: 5 });
    expect(model).toMatchObject({ dimensions: 32, modalities: ['image'], maxBatch: { image: 5, text: 0 } });
    await expect(model.embedTexts(['a'])).rejects.toMatchObject({ code: 'MODEL_REFUSED', fault: 'final' });
  });

  test.each([
    ['clip', 'q8', 0.97],
    ['siglip', 'fp16', 0.9999],
  ])('%s in %s gives nearly the vectors of fp32', async (name, dtype, least) => {
    await using exact = await load(name);
    await using smaller = await load(name, { dtype });
    const [a, b] = [await embedded(exact), await embedded(smaller)];
    expect(a).not.toEqual(b);
    expect(cosine(a, b)).toBeGreaterThan(least);
    const texts = await Promise.all([exact, smaller].map((model) => model.embedTexts(['a bone'])));
    expect(cosine(texts[0]?.[0] ?? a, texts[1]?.[0] ?? b)).toBeGreaterThan(least);
  });

  test('pools and normalises as the files of sentence-transformers say', async () => {
    const kind = (type: string) => ({ type: `sentence_transformers.models.${type}` });
    const modules = JSON.stringify([kind('Transformer'), kind('Pooling')]);
    await altered('dinov2', 'pooled', { 'modules.json': modules });
    await cp(join(tiny, 'dinov2/config.json'), join(folder, 'pooled/1_Pooling/config.json'));
    await writeFile(join(folder, 'pooled/1_Pooling/config.json'), '{"pooling_mode_mean_tokens": true}');
    await using model = await load('pooled');
    await using mean = await load('dinov2', { pooling: 'mean', normalize: 'never' });
    expect(model.normalized).toBe(false);
    expect(await embedded(model)).toEqual(await embedded(mean));
  });

  test('stops when it is told to', async () => {
    await using model = await load('clip');
    await expect(model.embedTexts(['a'], { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
  });
});

describe('what cannot be used is refused with a sentence:', () => {
  const fails = (name: string, reason: RegExp, options: Record<string, unknown> = {}) =>
    expect(load(name, options)).rejects.toMatchObject({ fault: 'final', message: expect.stringMatching(reason) });

  test('a model that is not there', () => fails('none', /No model "none".*models pull none/));

  test.skipIf(hasGpu)('a GPU that is not there', () =>
    expect(load('clip', {}, { device: 'cuda' })).rejects.toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      message: /^The device "cuda" cannot be used: /,
    }),
  );

  test('a pooling where pictures and texts have their space', () =>
    fails('clip', /vector space for both: its pooling cannot be chosen/, { pooling: 'mean' }));

  test('a pooling that the graph has no output for', () =>
    fails('dinov2', /gives last_hidden_state, of which the pooling "pooler" makes no vectors/, { pooling: 'pooler' }));

  test('an image processor that is not known', async () => {
    await altered('siglip', 'naflex', {
      'preprocessor_config.json': { image_processor_type: 'Siglip2ImageProcessor' },
    });
    await fails('naflex', /preprocessor_config.json cannot be used: image_processor_type: is "Siglip2ImageProcessor"/);
  });

  test('a picture without one size', async () => {
    await altered('dinov2', 'open', { 'preprocessor_config.json': { do_center_crop: false } });
    await fails('open', /crop_size: says no size that all pictures get/);
    await altered('dinov2', 'padded', { 'preprocessor_config.json': { size: { shortest_edge: 20 } } });
    await fails('padded', /crop_size: is larger than what pictures are resized to/);
  });

  test('pixels that the graph does not take', async () => {
    await altered('dinov2', 'large', { 'preprocessor_config.json': { size: 64, crop_size: 35 } });
    await fails('large', /it takes \[batch, 3, 28, 28\], but preprocessor_config.json makes 35 x 35 pixels/);
  });

  test('a file that is no ONNX, and a tokenizer that is none', async () => {
    await altered('dinov2', 'broken', { 'onnx/model.onnx': 'no model' });
    await fails('broken', /broken.onnx.model.onnx is damaged, cut short or no ONNX/);
    await altered('clip', 'mute', { 'tokenizer.json': { model: { type: 'Nothing' } } });
    await fails('mute', /The tokenizer of .*mute cannot be used/);
  });

  test('graphs of which each is in the place of the other', async () => {
    await altered('clip', 'swapped', {});
    for (const [from, to] of [
      ['vision', 'text'],
      ['text', 'vision'],
    ]) {
      await cp(join(tiny, `clip/onnx/${from}_model.onnx`), join(folder, `swapped/onnx/${to}_model.onnx`));
    }
    await fails(
      'swapped',
      /onnx.(vision|text)_model.onnx does not run: .* Are all files in its folder of one model\?$/,
    );
  });

  test('a graph whose weights are not beside it', async () => {
    await altered('dinov2', 'weightless', {
      'config.json': { 'transformers.js_config': { use_external_data_format: true } },
    });
    await using _whole = await load('weightless');
    await cp(join(FIXTURES, 'models/open-clip/siglip/visual/model.onnx'), join(folder, 'weightless/onnx/model.onnx'));
    await fails('weightless', /onnx.model.onnx.data is missing, which holds weights of .*copy it there/);
  });

  test('texts without room', async () => {
    await altered('clip', 'brief', { 'tokenizer_config.json': { model_max_length: 2 } });
    await fails('brief', /The tokenizer of .*brief cannot be used: a text of 2 tokens has no room/);
  });

  test('a picture that is none, and only that', async () => {
    await using model = await load('dinov2');
    await expect(model.prepareImage(Buffer.from('no picture'))).rejects.toMatchObject({
      code: 'MEDIA_UNSUPPORTED',
      fault: 'input',
    });
    expect(await embedded(model)).toHaveLength(32);
  });
});
