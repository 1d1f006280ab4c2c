import { join } from 'node:path';
import { z } from 'zod';
import type { Size } from '../../imaging/fit.ts';
import { readJson } from '../open-clip/read-json.ts';

const side = z.int().positive();
const sides = z.object({ height: side, width: side });
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
    crop_size: z.union([sides, side.transform((size) => ({ height: size, width: size }))]).optional(),
    do_rescale: z.boolean().default(true),
    rescale_factor: z
      .number()
      .positive()
      .default(1 / 255),
    do_normalize: z.boolean().default(true),
    image_mean: colour.default([0.5, 0.5, 0.5]),
    image_std: colour.default([0.5, 0.5, 0.5]),
  })
  .transform((config, context): ImageProcessor => {
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
    if (target.width > resized.width || target.height > resized.height) {
      return refuse('crop_size', 'is larger than what pictures are resized to');
    }
    return {
      size: target,
      resized,
      resizeMode,
      interpolation: (config.resample ?? (kind.startsWith('ViT') ? 2 : 3)) === 3 ? 'bicubic' : 'bilinear',
      mean: config.do_normalize ? config.image_mean : [0, 0, 0],
      std: config.do_normalize ? config.image_std : [1, 1, 1],
      factor: config.do_rescale ? config.rescale_factor : 1,
    };
  });

/** What Python's image processor of a model does with Pillow, in the words of imaging. */
export interface ImageProcessor {
  readonly size: Size;
  /** Before the crop. */
  readonly resized: Size;
  readonly resizeMode: 'shortest' | 'squash';
  readonly interpolation: 'bicubic' | 'bilinear';
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** What a sample of 0 to 255 is multiplied by. */
  readonly factor: number;
}

/** @throws EmbeddingError MODEL_FAILED, final */
export function readImageProcessor(folder: string): Promise<ImageProcessor> {
  return readJson(join(folder, 'preprocessor_config.json'), preprocessorConfig);
}

/** A bare number is that of the shorter side to these processors, and of both to the others. */
function resizing(
  size: number | { readonly shortest_edge: number } | Size,
  kind: string,
): Pick<ImageProcessor, 'resized' | 'resizeMode'> {
  if (typeof size === 'object' && 'height' in size) return { resized: size, resizeMode: 'squash' };
  const edge = typeof size === 'number' ? size : size.shortest_edge;
  const ofBoth = typeof size === 'number' && !/^(CLIP|ChineseCLIP|Bit)/.test(kind);
  return { resized: { width: edge, height: edge }, resizeMode: ofBoth ? 'squash' : 'shortest' };
}
