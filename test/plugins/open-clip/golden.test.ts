import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EmbeddingModel } from '../../../src/plugins/embedding-plugin.ts';
import { loadPlugins } from '../../../src/plugins/load-plugins.ts';
import { clipOptions } from '../../../src/plugins/open-clip/options.ts';
import { PluginRegistry } from '../../../src/plugins/registry.ts';
import { readGolden } from '../../golden.ts';
import { openTokenizer } from './model-tokenizer.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const folder = join(fixtures, 'models/pixano-tiny-clip');

/** float32, little-endian, in base 64. */
const vector = z
  .string()
  .transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer));

const { images, texts } = await readGolden(
  'parity.json',
  z.object({
    images: z.array(
      z.object({
        url: z.string(),
        mode: z.string(),
        size: z.tuple([z.int(), z.int()]),
        vector_b64: vector,
        cosine_distance_if_other_preprocess: z.record(z.string(), z.number()),
      }),
    ),
    texts: z.array(
      z.object({
        text: z.string(),
        tokens: z.array(z.int()),
        padded_to: z.int(),
        pad_id: z.int(),
        vector_b64: vector,
      }),
    ),
  }),
);
const { pictures } = await readGolden(
  'pictures/vectors.json',
  z.object({ pictures: z.array(z.object({ file: z.string(), mode: z.string(), vector_b64: vector })) }),
);
const onnx = await readGolden(
  'node_parity.json',
  z.object({
    exact_pixels_max_abs: z.number(),
    text_max_abs: z.number(),
    sharp: z.record(z.string(), z.record(z.string(), z.object({ cos_dist: z.number() }))),
  }),
);
const inPython = await readGolden(
  'lancedb_open_clip.json',
  z.record(
    z.string(),
    z.looseObject({
      ndims: z.int(),
      norm: z.number(),
      repr_defaults: z.record(z.string(), z.json()),
      query: z.object({ len: z.int(), norm: z.number() }),
      '[bytes]': z.object({ n: z.int() }),
      '5 PIL images': z.object({ n: z.int(), max_abs_diff_vs_PIL: z.number() }),
    }),
  ),
);

function worstDifference(a: Float32Array | undefined, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return b.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (a?.[i] ?? Number.NaN))), 0);
}

/** 1 - cos of vectors of length 1. */
function distance(a: Float32Array | undefined, b: Float32Array): number {
  return 1 - b.reduce((sum, value, i) => sum + value * (a?.[i] ?? Number.NaN), 0);
}

const lengthOf = (each: Float32Array | undefined) => Math.hypot(...(each ?? []));

let registry: PluginRegistry;
let model: EmbeddingModel;
beforeAll(async () => {
  const context = { modelFolders: [join(fixtures, 'models')], threads: 2 };
  registry = new PluginRegistry({ plugins: await loadPlugins([], folder), context });
  const options = { name: 'pixano-tiny-clip', pretrained: 'tiny-open-clip/pixano-tiny-clip.safetensors' };
  model = await registry.load('open-clip', options);
});
afterAll(() => registry[Symbol.asyncDispose]());

/** The vectors of picture files below the fixtures, embedded in one call. */
async function embed(...files: string[]): Promise<Float32Array[]> {
  const prepared = files.map(async (file) => model.prepareImage(await readFile(join(fixtures, file))));
  return model.embedImages(await Promise.all(prepared));
}

describe('the vectors of open_clip in Python come out', () => {
  test('from a model of 512 dimensions with vectors of length 1', () => {
    expect(model).toMatchObject({ dimensions: 512, distance: 'l2', normalized: true, modalities: ['image', 'text'] });
  });

  test.each(images)('for $url, mode $mode', async ({ url, vector_b64 }) => {
    const [found] = await embed(`items/assets/${url}`);
    expect(worstDifference(found, vector_b64)).toBeLessThan(1e-5);
  });

  test.each(pictures)('for a picture of mode $mode, $file', async ({ file, vector_b64 }) => {
    const [found] = await embed(`golden/pictures/${file}`);
    expect(worstDifference(found, vector_b64)).toBeLessThan(1e-5);
  });

  test.each(texts)('for the text $text', async ({ text, vector_b64 }) => {
    const [found] = await model.embedTexts([text]);
    expect(worstDifference(found, vector_b64)).toBeLessThan(1e-5);
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

describe('another resize than that of Pillow gives other vectors', () => {
  test.each(images)(
    'for $url',
    async ({ url, mode, size, vector_b64, cosine_distance_if_other_preprocess: others }) => {
      const [found] = await embed(`items/assets/${url}`);
      const ours = distance(found, vector_b64);
      // Those that differ at all: of pictures in grey or with a palette some come to the same.
      const measured = Object.values(onnx.sharp[`${url.split('/').at(-1)} ${mode} ${size.join(',')}`] ?? {});
      const farther = [...Object.values(others), ...measured.map(({ cos_dist }) => cos_dist)].filter(
        (each) => each > 2e-6,
      );
      expect(measured).toHaveLength(3);
      expect(farther.length).toBeGreaterThan(0);
      for (const other of farther) expect(ours).toBeLessThan(other / 2);
    },
  );

  test('and the same pixels in ONNX differ by no more than was measured before, but for the last digit', async () => {
    const found = await embed(...images.map(({ url }) => `items/assets/${url}`));
    const worst = images.map(({ vector_b64 }, i) => worstDifference(found[i], vector_b64));
    expect(Math.max(...worst)).toBeLessThan(2 * onnx.exact_pixels_max_abs);
    const found2 = await model.embedTexts(texts.map(({ text }) => text));
    const worst2 = texts.map(({ vector_b64 }, i) => worstDifference(found2[i], vector_b64));
    expect(Math.max(...worst2)).toBeLessThan(3 * onnx.text_max_abs);
  });
});

describe.each(Object.entries(inPython))(
  'what the open-clip function of LanceDB %s in Python promises holds here',
  (_version, python) => {
    test('of its defaults', () => {
      expect(clipOptions.parse({})).toMatchObject(python.repr_defaults);
    });

    test('of a query', async () => {
      const found = await model.embedTexts(['microscope']);
      expect(found).toHaveLength(python.query.len);
      expect(found[0]).toHaveLength(python.ndims);
      expect(lengthOf(found[0])).toBeCloseTo(python.query.norm, 6);
    });

    test('of pictures, one or several in one call', async () => {
      const some = images.slice(0, python['5 PIL images'].n);
      const together = await embed(...some.map(({ url }) => `items/assets/${url}`));
      expect(together).toHaveLength(some.length);
      for (const [i, { url }] of some.entries()) {
        const alone = await embed(`items/assets/${url}`);
        expect(alone).toHaveLength(python['[bytes]'].n);
        expect(lengthOf(alone[0])).toBeCloseTo(python.norm, 6);
        expect(worstDifference(alone[0], together[i] ?? new Float32Array())).toBe(
          python['5 PIL images'].max_abs_diff_vs_PIL,
        );
      }
    });
  },
);

describe('the tokens of open_clip in Python come out', async () => {
  const tokenizer = await openTokenizer(folder);

  test.each(texts)('for the text $text', ({ text, tokens, padded_to, pad_id }) => {
    const padded = Array.from({ length: padded_to }, (_, i) => tokens[i] ?? pad_id);
    expect(Array.from(tokenizer.encode(text).ids)).toEqual(padded);
  });
});
