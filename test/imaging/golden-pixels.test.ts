import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { resizePicture } from '../../src/imaging/prepare-picture.ts';

const fixtures = new URL('../fixtures/', import.meta.url);

const { images } = z
  .object({
    images: z.array(
      z.object({
        url: z.string(),
        sha256: z.string(),
        pixels_sha256: z.string(),
        pixel_values_mean: z.number(),
        pixel_values_std: z.number(),
      }),
    ),
  })
  .parse(JSON.parse(await readFile(new URL('golden/parity.json', fixtures), 'utf8')));

const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test.each(images)('the model sees the very pixels of $url that it sees in Python', async (recorded) => {
  const bytes = await readFile(new URL(`items/assets/${recorded.url}`, fixtures));
  expect(sha256(bytes)).toBe(recorded.sha256);
  const size = { width: 224, height: 224 };
  const recipe = { size, resizeMode: 'shortest', interpolation: 'bicubic' } as const;
  const { data, channels } = await resizePicture(bytes, recipe);
  const rgb = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => {
    return data[Math.trunc(i / 3) * channels + (channels < 3 ? 0 : i % 3)] ?? 0;
  });
  expect(sha256(rgb)).toBe(recorded.pixels_sha256);
  const values = Array.from(rgb, (value, i) => (value / 255 - (MEAN[i % 3] ?? 0)) / (STD[i % 3] ?? 1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  expect(mean).toBeCloseTo(recorded.pixel_values_mean, 5);
  expect(Math.sqrt(variance)).toBeCloseTo(recorded.pixel_values_std, 5);
});
