/**
 * A third-party plugin: finds pictures of the same colours. Name it in `viewfinder.config.json`:
 *
 *   { "plugins": ["./examples/colour-plugin.ts"] }
 *
 * then: viewfinder embed DATASET --table emb_colour --function mean-colour
 */
import sharp from 'sharp';
import { definePlugin } from 'viewfinder/plugin';
import { z } from 'zod';

const NAME = 'mean-colour';

export default definePlugin({
  name: NAME,
  version: '1.0.0',
  description: 'The colours of a picture in each cell of a grid.',
  functions: [NAME],
  modalities: ['image'],
  options: z.strictObject({ cells: z.int().min(1).max(16).default(4) }),
  availability: async () => ({ available: true }),
  models: async () => [{ name: NAME, dimensions: null, installed: true }],
  locate: async ({ cells }) => ({ installed: true, name: NAME, dimensions: cells * cells * 3 }),
  load: async ({ cells }) => ({
    dimensions: cells * cells * 3,
    distance: 'l2',
    normalized: false,
    modalities: ['image'],
    maxBatch: { image: 64, text: 0 },
    maxConcurrency: 1,
    prepareImage: (bytes) =>
      sharp(bytes).removeAlpha().toColourspace('srgb').resize(cells, cells, { fit: 'fill' }).raw().toBuffer(),
    embedImages: async (images) => images.map((pixels) => Float32Array.from(pixels as Buffer, (level) => level / 255)),
    embedTexts: async () => [],
    async [Symbol.asyncDispose]() {},
  }),
});
