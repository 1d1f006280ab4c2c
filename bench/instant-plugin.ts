import { z } from 'zod';
import { definePlugin } from '../src/index.ts';

const NAME = 'instant';

/** Costs next to nothing: what is left of a computation is Viewfinder's own. */
export default definePlugin({
  name: NAME,
  version: '1.0.0',
  description: 'The same vector for every picture, at once, for benchmarks.',
  functions: [NAME],
  modalities: ['image'],
  options: z.strictObject({ dimensions: z.int().min(1).default(512) }),
  availability: async () => ({ available: true }),
  models: async () => [{ name: NAME, dimensions: null, installed: true }],
  locate: async ({ dimensions }) => ({ installed: true, name: NAME, dimensions }),
  load: async ({ dimensions }) => ({
    dimensions,
    distance: 'l2',
    normalized: false,
    modalities: ['image'],
    maxBatch: { image: 64, text: 0 },
    maxConcurrency: 1,
    prepareImage: async (bytes) => ({ bytes: bytes.length }),
    embedImages: async (images) => images.map(() => new Float32Array(dimensions).fill(1)),
    embedTexts: async () => [],
    async [Symbol.asyncDispose]() {},
  }),
});
