import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dataset, type OpenOptions, ViewEmbedding } from '../src/index.ts';
import { executionProviders } from '../src/plugins/onnx-device.ts';
import { copyOfLibrary, type LibraryCopy } from './library.ts';

const hasGpu = (await executionProviders()).includes('cuda');

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

/** Loads the model of the options' defaults. */
async function loadModel(options: OpenOptions) {
  const { media: mediaDir, modelFolder: models } = copy;
  const dataset = await Dataset.open(join(copy.path, 'health_images'), { mediaDir, models, ...options });
  return ViewEmbedding.createSchema({ embeddingFunction: 'open-clip', tableName: 'emb', dataset });
}

test('a model has the time to load that a dataset is opened with', async () => {
  await expect(loadModel({ timeLimits: { load: 0.001 } })).rejects.toMatchObject({
    name: 'PluginError',
    message: expect.stringContaining('no answer to load within 0.001 s'),
  });
});

test.skipIf(hasGpu)('a model runs on the device that a dataset is opened with', async () => {
  await expect(loadModel({ device: 'cuda', unloadAfter: 0 })).rejects.toMatchObject({
    name: 'PluginError',
    message: expect.stringMatching(/^The device "cuda" cannot be used: /),
  });
});
