import { z } from 'zod';
import { definePlugin } from '../src/index.ts';
import { ClusteredVectors } from './clustered-vectors.ts';

const NAME = 'clustered';

/** Gives each text a vector among clustered ones at once, so that what is left of a search is Viewfinder's own. */
export default definePlugin({
  name: NAME,
  version: '1.0.0',
  description: 'A vector among clustered ones for every text, at once, for benchmarks.',
  functions: [NAME],
  modalities: ['image', 'text'],
  options: z.strictObject({ dimensions: z.int().min(1).default(512) }),
  availability: async () => ({ available: true }),
  models: async () => [{ name: NAME, dimensions: null, installed: true }],
  locate: async ({ dimensions }) => ({ installed: true, name: NAME, dimensions }),
  load: async ({ dimensions }) => {
    const vectors = new ClusteredVectors({ dim: dimensions });
    return {
      dimensions,
      distance: 'l2',
      normalized: true,
      modalities: ['image', 'text'],
      maxBatch: { image: 64, text: 64 },
      maxConcurrency: 1,
      prepareImage: async (bytes) => ({ text: String(bytes.length) }),
      embedImages: async (images) => images.map((_, index) => vectors.ofText(`picture ${index}`)),
      embedTexts: async (texts) => texts.map((text) => vectors.ofText(text)),
      async [Symbol.asyncDispose]() {},
    };
  },
});
