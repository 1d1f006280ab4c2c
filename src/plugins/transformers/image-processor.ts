import { join } from 'node:path';
import { z } from 'zod';
import type { PictureConfig } from '../pictures/picture-config.ts';
import { readJson } from '../read-json.ts';

const side = z.int().positive();
const sides = z.object({ height: side, width: side }).transform(({ height, width }): Sides => [height, width]);
const colour = z.tuple([z.number(), z.number(), z.number()]);
const KINDS = /^(CLIP|ChineseCLIP|Bit|Siglip|ViT|DeiT)(ImageProcessor|FeatureExtractor)(Fast)?$/;

/** preprocessor_config.json, of the image processors that do no more than resize, crop, scale and normalise. */
const preprocessorConfig = z
  .object({
    image_processor_type: z.string().optional(),
    feature_extractor_type: z.string().optional(),
    do_resize: z.literal(true).default(true),
    size: z.union([sides, z.object({ shortest_edge: side }), side]),
    resample: z.literal([2, 3]).optional(),
    do_center_crop: z.boolean().optional(),
    crop_size: z.union([sides, side.transform((size): Sides => [size, size])]).optional(),
    do_rescale: z.boolean().default(true),
    rescale_factor: z
      .number()
      .positive()
      .default(1 / 255),
    do_normalize: z.boolean().default(true),
    image_mean: colour.default([0.5, 0.5, 0.5]),
    image_std: colour.default([0.5, 0.5, 0.5]),
  })
  .transform((config, context): PictureConfig => {
    const { image_processor_type, feature_extractor_type, size, crop_size, do_center_crop } = config;
    const refuse = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
      return z.NEVER;
    };
    const kind = image_processor_type ?? feature_extractor_type ?? '';
    if (!KINDS.test(kind)) {
      return refuse('image_processor_type', `is "${kind}", which prepares pictures in a way that is not known here`);
    }
    const { resized, resizeMode } = resizing(size, kind);
    const cropped = do_center_crop === false ? undefined : crop_size;
    if (resizeMode === 'shortest' && !cropped) return refuse('crop_size', 'says no size that all pictures get');
    const target = cropped ?? resized;
    if (target[0] > resized[0] || target[1] > resized[1]) {
      return refuse('crop_size', 'is larger than what pictures are resized to');
    }
    return {
      size: target,
      resized,
      resizeMode,
      interpolation: (config.resample ?? (kind.startsWith('ViT') ? 2 : 3)) === 3 ? 'bicubic' : 'bilinear',
      mean: config.do_normalize ? config.image_mean : [0, 0, 0],
      std: config.do_normalize ? config.image_std : [1, 1, 1],
      fill: 0,
      factor: config.do_rescale ? config.rescale_factor : 1,
    };
  });

/** Height and width. */
type Sides = readonly [number, number];

/**
 * What Python's image processor of a model does with Pillow.
 * @throws EmbeddingError MODEL_FAILED, final
 */
export function readImageProcessor(folder: string): Promise<PictureConfig> {
  return readJson(join(folder, 'preprocessor_config.json'), preprocessorConfig);
}

/** A bare number is that of the shorter side to these processors, and of both to the others. */
function resizing(
  size: number | { readonly shortest_edge: number } | Sides,
  kind: string,
): { readonly resized: Sides; readonly resizeMode: 'squash' | 'shortest' } {
  if (typeof size === 'object' && !('shortest_edge' in size)) return { resized: size, resizeMode: 'squash' };
  const edge = typeof size === 'number' ? size : size.shortest_edge;
  const ofBoth = typeof size === 'number' && !/^(CLIP|ChineseCLIP|Bit)/.test(kind);
  return { resized: [edge, edge], resizeMode: ofBoth ? 'squash' : 'shortest' };
}
