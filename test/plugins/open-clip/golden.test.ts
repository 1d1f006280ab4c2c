import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EmbeddingModel } from '../../../src/plugins/embedding-plugin.ts';
import { loadPlugins } from '../../../src/plugins/load-plugins.ts';
import { ClipTokenizer } from '../../../src/plugins/open-clip/clip-tokenizer.ts';
import { readModelConfig } from '../../../src/plugins/open-clip/model-config.ts';
import { PluginRegistry } from '../../../src/plugins/registry.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);
const folder = fileURLToPath(new URL('models/pixano-tiny-clip', fixtures));

const golden = z
  .object({
    images: z.array(z.object({ url: z.string(), mode: z.string(), vector_b64: z.string() })),
    texts: z.array(
      z.object({
        text: z.string(),
        tokens: z.array(z.int()),
        padded_to: z.int(),
        pad_id: z.int(),
        vector_b64: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(await readFile(new URL('golden/parity.json', fixtures), 'utf8')));

function worstDifference(vector: Float32Array | undefined, base64: string): number {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const expected = new Float32Array(bytes.buffer);
  expect(vector).toHaveLength(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (vector?.[i] ?? Number.NaN))), 0);
}

describe('the vectors of open_clip in Python come out', () => {
  let registry: PluginRegistry;
  let model: EmbeddingModel;

  beforeAll(async () => {
    const context = { modelFolders: [fileURLToPath(new URL('models', fixtures))], threads: 2 };
    registry = new PluginRegistry({ plugins: await loadPlugins([], folder), context });
    const options = { name: 'pixano-tiny-clip', pretrained: 'tiny-open-clip/pixano-tiny-clip.safetensors' };
    model = await registry.load('open-clip', options);
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test('from a model of 512 dimensions with vectors of length 1', () => {
    expect(model).toMatchObject({ dimensions: 512, distance: 'l2', normalized: true, modalities: ['image', 'text'] });
  });

  test.each(golden.images)('for $url, mode $mode', async ({ url, vector_b64 }) => {
    const image = await model.prepareImage(await readFile(new URL(`items/assets/${url}`, fixtures)));
    const [vector] = await model.embedImages([image]);
    expect(worstDifference(vector, vector_b64)).toBeLessThan(1e-5);
  });

  test('for several images in one call', async () => {
    const some = golden.images.slice(0, 3);
    const images = await Promise.all(
      some.map(async ({ url }) => model.prepareImage(await readFile(new URL(`items/assets/${url}`, fixtures)))),
    );
    const vectors = await model.embedImages(images);
    for (const [i, { vector_b64 }] of some.entries())
      expect(worstDifference(vectors[i], vector_b64)).toBeLessThan(1e-5);
  });

  test.each(golden.texts)('for the text $text', async ({ text, vector_b64 }) => {
    const [vector] = await model.embedTexts([text]);
    expect(worstDifference(vector, vector_b64)).toBeLessThan(1e-5);
  });

  test('and what is no picture is an error about the input', async () => {
    await expect(model.prepareImage(new Uint8Array())).rejects.toMatchObject({
      code: 'MEDIA_UNREADABLE',
      fault: 'input',
    });
    await expect(model.prepareImage(Buffer.from('text'))).rejects.toMatchObject({
      code: 'MEDIA_UNSUPPORTED',
      fault: 'input',
    });
  });
});

describe('the tokens of open_clip in Python come out', async () => {
  const tokenizer = await ClipTokenizer.open(folder, await readModelConfig(folder));

  test.each(golden.texts)('for the text $text', ({ text, tokens, padded_to, pad_id }) => {
    const padded = Array.from({ length: padded_to }, (_, i) => tokens[i] ?? pad_id);
    expect(Array.from(tokenizer.encode(text))).toEqual(padded);
  });
});
