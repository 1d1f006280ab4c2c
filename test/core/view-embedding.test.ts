import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { openModels, type TestModels } from '../library.ts';
import { TINY, TOUCHY } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

const create = (embeddingFunction: string, options?: Record<string, unknown>) =>
  ViewEmbedding.createSchema({ embeddingFunction, tableName: 'emb', dataset: models, options });

describe('the schema of a table of view embeddings', () => {
  test('has the options of the function, complete, and the length of the model’s vectors', async () => {
    expect(await create('open-clip')).toEqual({
      tableName: 'emb',
      embeddingFunction: 'open-clip',
      given: {},
      options: {
        max_retries: 7,
        name: 'ViT-B-32',
        pretrained: 'laion2b_s34b_b79k',
        device: 'cpu',
        batch_size: 64,
        normalize: true,
      },
      dimensions: 512,
    });
    expect(await create('open-clip', TINY)).toMatchObject({
      given: TINY,
      options: { ...TINY, normalize: true },
      dimensions: 512,
    });
  });

  test('asks the model itself where its length is not known before it is loaded', async () => {
    expect(await create('touchy', { located: null, dimensions: 7 })).toMatchObject({ dimensions: 7 });
  });

  test('says which option is wrong', async () => {
    await expect(create('open-clip', { batch_size: 0, colour: 'red' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['options', 'batch_size'], message: /"batch_size"/ },
        { path: ['options'], message: /"colour"/ },
      ],
    });
  });

  test('says which functions there are', async () => {
    await expect(create('imagebind')).rejects.toMatchObject({
      name: 'PluginError',
      code: 'PLUGIN_UNAVAILABLE',
      plugin: 'imagebind',
      message: /open-clip, .*siglip.*, touchy/,
    });
  });

  test('says where a model was looked for', async () => {
    await expect(create('open-clip', { name: 'gone' })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      plugin: 'open-clip',
      message: expect.stringContaining(models.modelFolder),
    });
  });
});
