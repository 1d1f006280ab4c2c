import { join } from 'node:path';
import { z } from 'zod';
import type { PictureConfig } from '../pictures/picture-config.ts';
import { readJson } from '../read-json.ts';

const side = z.int().positive();
const sides = z
  .object({ height: side, width: side })
  .transform(({ height, width }): [number, number] => [height, width]);
const square = side.transform((size): [number, number] => [size, size]);
const shortest = z.object({ shortest_edge: side }).transform(({ shortest_edge }) => shortest_edge);
const colour = z.tuple([z.number(), z.number(), z.number()]);

/** Pillow's numbers. */
const RESAMPLE = { 2: 'bilinear', 3: 'bicubic' } as const;

/**
 * preprocessor_config.json as fastembed's `Compose` reads it: to RGB, resized, cropped in the middle, multiplied,
 * normalised. What it does by default is what it does where the file says nothing.
 */
const preprocessorConfig = z
  .object({
    image_processor_type: z.enum(['CLIPImageProcessor', 'SiglipImageProcessor']).default('CLIPImageProcessor'),
    do_resize: z.literal(true),
    size: z.union([sides, shortest, side]),
    resample: z.literal([2, 3]).default(3),
    do_center_crop: z.boolean().default(false),
    crop_size: z.union([sides, square]).optional(),
    do_rescale: z.boolean().default(true),
    rescale_factor: z
      .number()
      .positive()
      .default(1 / 255),
    do_normalize: z.boolean().default(false),
    image_mean: colour.optional(),
    image_std: colour.optional(),
  })
  .transform((config, context): PictureConfig => {
    const { size, do_center_crop, crop_size, do_normalize, image_mean, image_std } = config;
    const resized: readonly [number, number] = typeof size === 'number' ? [size, size] : size;
    const cropped = do_center_crop ? crop_size : typeof size === 'number' ? undefined : size;
    if (cropped === undefined) {
      context.addIssue({ code: 'custom', path: ['crop_size'], message: 'says no size that all pictures get' });
      return z.NEVER;
    }
    return {
      size: cropped,
      resized,
      mean: (do_normalize && image_mean) || [0, 0, 0],
      std: (do_normalize && image_std) || [1, 1, 1],
      interpolation: RESAMPLE[config.resample],
      resizeMode: typeof size === 'number' ? 'shortest' : 'squash',
      fill: 0,
      factor: config.do_rescale ? config.rescale_factor : 1,
    };
  });

export function readFastembedPictureConfig(vision: string): Promise<PictureConfig> {
  return readJson(join(vision, 'preprocessor_config.json'), preprocessorConfig);
}

const projection = z.object({ projection_dim: side });

/** The length of its vectors, where config.json says it. */
export async function readProjection(vision: string): Promise<number | null> {
  return readJson(join(vision, 'config.json'), projection).then(
    ({ projection_dim }) => projection_dim,
    () => null,
  );
}
