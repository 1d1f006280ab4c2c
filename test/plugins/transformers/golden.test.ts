import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EmbeddingModel } from '../../../src/plugins/embedding-plugin.ts';
import { loadPlugins } from '../../../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../../../src/plugins/registry.ts';
import { readModelConfig } from '../../../src/plugins/transformers/model-config.ts';
import { TextTokenizer } from '../../../src/plugins/transformers/text-tokenizer.ts';
import { readGolden } from '../../golden.ts';
import { FIXTURES } from '../../library.ts';

const models = join(FIXTURES, 'models');

/** float32, little-endian, in base 64. */
const vector = z
  .string()
  .transform((base64) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer));

const golden = await readGolden(
  'transformers.json',
  z.array(
    z.object({
      model: z.string(),
      pooling: z.string().optional(),
      pictures: z.array(z.object({ file: z.string(), vector_b64: vector })),
      texts: z.array(z.object({ text: z.string(), tokens: z.array(z.int()), vector_b64: vector })).default([]),
    }),
  ),
);

let registry: PluginRegistry;
beforeAll(async () => {
  const context = { modelFolders: [models], threads: 2 };
  registry = new PluginRegistry({ plugins: await loadPlugins([], models), context });
});
afterAll(() => registry[Symbol.asyncDispose]());

function worstDifference(found: Float32Array | undefined, expected: Float32Array): number {
  expect(found).toHaveLength(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (found?.[i] ?? Number.NaN))), 0);
}

function unit(each: Float32Array): Float32Array {
  const length = Math.hypot(...each);
  return each.map((value) => value / length);
}

describe.each(golden)('$model, pooling $pooling, gives the vectors of transformers in Python', (recorded) => {
  let model: EmbeddingModel;
  beforeAll(async () => {
    const { model: model_name, pooling = 'auto' } = recorded;
    model = await registry.load('transformers', { model_name, pooling, normalize: 'never' });
  });

  const prepared = (file: string) =>
    readFile(join(FIXTURES, 'golden/pictures', file)).then((bytes) => model.prepareImage(bytes));

  test.each(recorded.pictures)('for the picture $file', async ({ file, vector_b64 }) => {
    const [found] = await model.embedImages([await prepared(file)]);
    expect(worstDifference(found, vector_b64)).toBeLessThan(1e-5);
  });

  test('for all pictures in one call, and of length 1 where that is asked for', async () => {
    const { pooling = 'auto' } = recorded;
    const options = { model_name: recorded.model, pooling };
    const some = recorded.pictures.slice(0, 32);
    const found = await model.embedImages(await Promise.all(some.map(({ file }) => prepared(file))));
    const normalizing = await registry.load('transformers', options);
    expect(normalizing).toMatchObject({ normalized: true, distance: 'l2' });
    const images = some.map(async ({ file }) =>
      normalizing.prepareImage(await readFile(join(FIXTURES, 'golden/pictures', file))),
    );
    const units = await normalizing.embedImages(await Promise.all(images));
    for (const [i, { vector_b64 }] of some.entries()) {
      expect(worstDifference(found[i], vector_b64)).toBeLessThan(1e-5);
      expect(worstDifference(units[i], unit(vector_b64))).toBeLessThan(1e-5);
    }
  });

  test('for each text and for all in one call, or takes none', async () => {
    expect(model.modalities).toEqual(recorded.texts.length === 0 ? ['image'] : ['image', 'text']);
    const texts = recorded.texts.map(({ text }) => text);
    const together = await model.embedTexts(texts);
    for (const [i, { text, vector_b64 }] of recorded.texts.entries()) {
      const [alone] = await model.embedTexts([text]);
      expect({ text, difference: worstDifference(alone, vector_b64) < 1e-5 }).toEqual({ text, difference: true });
      expect(worstDifference(together[i], vector_b64)).toBeLessThan(1e-5);
    }
  });
});

describe.each(golden.filter(({ texts }) => texts.length > 0))('$model', ({ model, texts }) => {
  test('gets the tokens of Python', async () => {
    const folder = join(models, model);
    const tokenizer = await TextTokenizer.open(folder, await readModelConfig(folder));
    for (const { text, tokens } of texts) {
      expect({ text, tokens: tokenizer.encode([text])[0]?.ids }).toEqual({ text, tokens });
    }
  });
});
