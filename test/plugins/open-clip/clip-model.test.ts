import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { executionProviders } from '../../../src/plugins/onnx-device.ts';
import { ClipModel } from '../../../src/plugins/open-clip/clip-model.ts';
import { clipOptions } from '../../../src/plugins/open-clip/options.ts';
import { openTokenizer } from './model-tokenizer.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));
const MODELS = join(FIXTURES, 'models');
const FREE = { name: 'free-batch', pretrained: 'random' };
const TINY = { name: 'pixano-tiny-clip', pretrained: '' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'models-'));
});
afterEach(() => rm(folder, { recursive: true }));

const load = (options: object, models = MODELS, context: object = {}) =>
  ClipModel.load(clipOptions.parse(options), { modelFolders: [models], threads: 1, ...context });

async function pictures(model: ClipModel) {
  const names = ['all/os-fracture.png', 'all/os-bras.jpg', 'val/os-main.png'];
  const files = names.map((name) => join(FIXTURES, 'items/assets/health_images', name));
  return Promise.all(files.map(async (file) => model.prepareImage(await readFile(file))));
}

function lengthOf(vector: Float32Array | undefined): number {
  return Math.hypot(...(vector ?? []));
}

describe('a graph of free batch', () => {
  test('gives for a batch what it gives for each alone', async () => {
    await using model = await load(FREE);
    expect(model.maxBatch).toEqual({ image: 32, text: 32 });
    const together = await model.embedImages(await pictures(model));
    for (const [i, image] of (await pictures(model)).entries()) {
      const [alone] = await model.embedImages([image]);
      for (const [d, value] of (alone ?? []).entries()) expect(together[i]?.[d]).toBeCloseTo(value, 6);
    }
    expect(together[0]).not.toEqual(together[1]);
    const texts = await model.embedTexts(['bone', 'skin']);
    const [skin] = await model.embedTexts(['skin']);
    for (const [d, value] of (skin ?? []).entries()) expect(texts[1]?.[d]).toBeCloseTo(value, 6);
  });

  test('that does not normalise is normalised, or not, as the option says', async () => {
    await using normalized = await load(FREE);
    await using raw = await load({ ...FREE, normalize: false });
    expect([normalized.normalized, raw.normalized]).toEqual([true, false]);
    const [unit] = await normalized.embedTexts(['bone']);
    const [vector] = await raw.embedTexts(['bone']);
    expect(lengthOf(unit)).toBeCloseTo(1, 6);
    expect(Math.abs(lengthOf(vector) - 1)).toBeGreaterThan(0.01);
    expect((vector?.[0] ?? 0) / lengthOf(vector)).toBeCloseTo(unit?.[0] ?? 0, 6);
  });

  test('carries no more inputs than batch_size', async () => {
    await using model = await load({ ...FREE, batch_size: 5 });
    expect(model.maxBatch).toEqual({ image: 5, text: 5 });
  });
});

test('an image that is embedded is to be prepared again', async () => {
  await using model = await load(FREE);
  const images = await pictures(model);
  await model.embedImages(images);
  await expect(model.embedImages(images)).rejects.toMatchObject({ code: 'MODEL_FAILED', fault: 'transient' });
});

describe('a graph whose batch is fixed at 1', () => {
  test('runs several times, until the signal aborts', async () => {
    await using model = await load(TINY);
    expect(await model.embedImages(await pictures(model))).toHaveLength(3);
    // So many that the last run has not ended by the time that the model's thread hears of the signal.
    const images = (await Promise.all(Array.from({ length: 20 }, () => pictures(model)))).flat();
    const controller = new AbortController();
    const call = model.embedImages(images, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(await model.embedImages(images)).toHaveLength(60);
  });
});

describe('with several threads', () => {
  test('more batches than run at once give what each gives alone', async () => {
    await using model = await load(FREE, MODELS, { threads: 4 });
    expect(model.maxConcurrency).toBe(3);
    const alone = await model.embedImages(await pictures(model));
    const batches = await Promise.all(Array.from({ length: 6 }, () => pictures(model)));
    const vectors = await Promise.all(batches.map((images) => model.embedImages(images)));
    for (const each of vectors) expect(each).toEqual(alone);
  });

  test('runs that were measured give the same', async () => {
    await using usual = await load(FREE, MODELS, { threads: 4 });
    expect(usual.imageRuns).toEqual({ atOnce: 2, threads: 2 });
    const imageRuns = { atOnce: 4, threads: 1 };
    await using model = await load(FREE, MODELS, { threads: 4, imageRuns });
    expect(model).toMatchObject({ imageRuns, maxConcurrency: 5 });
    const batches = await Promise.all(Array.from({ length: 8 }, () => pictures(model)));
    const vectors = await Promise.all(batches.map((images) => model.embedImages(images)));
    const expected = await usual.embedImages(await pictures(usual));
    for (const [place, vector] of vectors.flat().entries()) {
      const reference = expected[place % expected.length] ?? new Float32Array();
      expect(Math.max(...vector.map((value, i) => Math.abs(value - (reference[i] ?? 0))))).toBeLessThan(1e-6);
    }
  });

  test('a text is embedded before the images that wait', async () => {
    await using model = await load(TINY, MODELS, { threads: 2 });
    const batches = await Promise.all(Array.from({ length: 12 }, () => pictures(model)));
    const order: string[] = [];
    const images = batches.map((batch) => model.embedImages(batch).then(() => order.push('images')));
    await model.embedTexts(['bone']).then(() => order.push('text'));
    await Promise.all(images);
    expect(order).toHaveLength(13);
    expect(order.at(-1)).toBe('images');
  });
});

describe('a picture', () => {
  test('that is none is an error about the input, and the next one is prepared', async () => {
    await using model = await load(FREE);
    const media = { name: 'EmbeddingError', fault: 'input' };
    await expect(model.prepareImage(new Uint8Array())).rejects.toMatchObject({ ...media, code: 'MEDIA_UNREADABLE' });
    await expect(model.prepareImage(Buffer.from('text'))).rejects.toMatchObject({
      ...media,
      code: 'MEDIA_UNSUPPORTED',
    });
    expect(await model.embedImages(await pictures(model))).toHaveLength(3);
  });

  test('of more pixels than the limit is too large', async () => {
    await using model = await load(FREE, MODELS, { maxPixels: 100 });
    await expect(pictures(model)).rejects.toMatchObject({
      code: 'MEDIA_TOO_LARGE',
      fault: 'input',
      message: /and the limit is 100: .* set maxPixels higher/,
    });
  });

  test('is not prepared once the signal has aborted', async () => {
    await using model = await load(FREE);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(model.prepareImage(new Uint8Array(9), { signal })).rejects.toThrow('enough');
  });

  test('leaves its bytes to the caller', async () => {
    await using model = await load(FREE);
    const bytes = await readFile(join(FIXTURES, 'items/assets/health_images/all/os-fracture.png'));
    const image = await model.prepareImage(bytes);
    const again = await model.prepareImage(bytes);
    expect(await model.embedImages([image])).toEqual(await model.embedImages([again]));
  });
});

describe('a tokenizer of Hugging Face', () => {
  test('pads with its own token, cuts before its end token, and cleans as the model says', async () => {
    const model = join(MODELS, 'free-batch__random');
    const tokenizer = await openTokenizer(model);
    const [pad, end, a] = [1, 2, 3];
    expect(Array.from(tokenizer.encode('A_b.').ids)).toEqual([a + 26, a + 27, end, pad, pad, pad, pad, pad, pad, pad]);
    expect(Array.from(tokenizer.encode('abcdefghijklm').ids).slice(-2)).toEqual([a + 8, end]);
  });
});

describe('a model is refused', () => {
  const final = { name: 'EmbeddingError', code: 'MODEL_FAILED', fault: 'final' };

  test('that normalises, where vectors as they are were asked for', async () => {
    await expect(load({ ...TINY, normalize: false })).rejects.toMatchObject({ ...final, message: /normalize = false/ });
  });

  test('whose vectors are of another length than its configuration says', async () => {
    await cp(join(MODELS, 'free-batch__random'), join(folder, 'm'), { recursive: true });
    await writeFile(join(folder, 'm/config.json'), '{"embed_dim": 7}');
    await expect(load({ name: 'm' }, folder)).rejects.toMatchObject({
      ...final,
      message: /gives visual vectors of 6 numbers, but its config.json says 7/,
    });
  });

  test('whose graph takes other pictures than its configuration says', async () => {
    await cp(join(MODELS, 'free-batch__random'), join(folder, 'm'), { recursive: true });
    const config = { size: 32, mean: [0, 0, 0], std: [1, 1, 1] };
    await writeFile(join(folder, 'm/visual/preprocess_cfg.json'), JSON.stringify(config));
    await expect(load({ name: 'm' }, folder)).rejects.toMatchObject({
      ...final,
      message: /takes \[batch, 3, 8, 12\], but its configuration says \[3, 32, 32\]/,
    });
  });

  test.each(['config.json', 'visual/model.onnx', 'textual/tokenizer.json'])('whose %s is broken', async (file) => {
    await cp(join(MODELS, 'free-batch__random'), join(folder, 'm'), { recursive: true });
    await writeFile(join(folder, 'm', file), 'broken');
    const name = file.split('/').at(-1);
    await expect(load({ name: 'm' }, folder)).rejects.toMatchObject({ ...final, message: new RegExp(`${name}`) });
  });

  test.each([
    ['a graph that is cut short', 'vit', 'visual/model.onnx', 9000, 'MODEL_FAILED', /model.onnx is damaged, cut short/],
    ['an empty graph', 'vit', 'textual/model.onnx', 0, 'MODEL_FAILED', /textual.model.onnx is damaged, cut short/],
    ['weights that are cut short', 'siglip', 'visual/model.onnx.data', 5000, 'MODEL_FAILED', /beside it is cut short/],
    [
      'no weights',
      'siglip',
      'visual/model.onnx.data',
      null,
      'MODEL_MISSING',
      /model.onnx.data is missing, which holds/,
    ],
    ['no graph of texts', 'vit', 'textual', null, 'MODEL_MISSING', /textual.model.onnx is missing/],
    ['no tokenizer', 'vit', 'textual/tokenizer.json', null, 'MODEL_MISSING', /tokenizer.json is missing/],
    [
      'no configuration of its tokenizer',
      'vit',
      'textual/tokenizer_config.json',
      null,
      'MODEL_MISSING',
      /_config.json is/,
    ],
  ])('with %s, in one sentence that names the file', async (_what, kind, file, length, code, message) => {
    await cp(join(MODELS, 'open-clip', kind), join(folder, 'm'), { recursive: true });
    if (length !== null) await truncate(join(folder, 'm', file), length);
    else await rm(join(folder, 'm', file), { recursive: true });
    if (file === 'textual') await mkdir(join(folder, 'm/textual'));
    const error = await load({ name: 'm' }, folder).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'EmbeddingError', fault: 'final', code, message });
    expect(error).toMatchObject({ message: expect.not.stringMatching(/\n|onnxruntime_src/) });
  });

  test('whose tokenizer is of another model', async () => {
    await cp(join(MODELS, 'open-clip/siglip'), join(folder, 'm'), { recursive: true });
    await cp(join(MODELS, 'open-clip/vit/textual/tokenizer.json'), join(folder, 'm/textual/tokenizer.json'));
    await expect(load({ name: 'm' }, folder)).rejects.toMatchObject({
      ...final,
      message: /m \(textual\) does not run: .*out of data bounds.*\. Are all files in its folder of one model\?$/,
    });
  });

  test('whose texts have no room', async () => {
    await cp(join(MODELS, 'open-clip/vit'), join(folder, 'm'), { recursive: true });
    await writeFile(join(folder, 'm/config.json'), '{"embed_dim": 12, "text_cfg": {"context_length": 2}}');
    await expect(load({ name: 'm' }, folder)).rejects.toMatchObject({
      ...final,
      message: /textual cannot be used: a text of 2 tokens has no room/,
    });
  });

  test('that is not there', async () => {
    await expect(load({ name: 'm' })).rejects.toMatchObject({ code: 'MODEL_MISSING', fault: 'final' });
  });
});

test('a folder without textual embeds images alone', async () => {
  await cp(join(MODELS, 'free-batch__random'), join(folder, 'm'), { recursive: true });
  await rm(join(folder, 'm/textual'), { recursive: true });
  await using model = await load({ name: 'm' }, folder);
  expect(model.modalities).toEqual(['image']);
  expect(await model.embedImages(await pictures(model))).toHaveLength(3);
  await expect(model.embedTexts(['x'])).rejects.toMatchObject({ code: 'MODEL_REFUSED', fault: 'final' });
});

test.skipIf(await executionProviders().then((providers) => providers.includes('cuda')))(
  'a GPU that is asked for and is not there is a sentence',
  async () => {
    await expect(load(FREE, MODELS, { device: 'cuda' })).rejects.toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      fault: 'final',
      message: /^The device "cuda" cannot be used: /,
    });
    await using model = await load(FREE, MODELS, { device: 'auto' });
    expect(model.dimensions).toBe(6);
  },
);
