import { z } from 'zod';

/**
 * What LanceDB's Python function `open-clip` takes, with its keys in its order and its defaults. Which
 * vectors come out depends on `name`, `pretrained` and `normalize`; `device` and `max_retries` are kept for
 * Python, and `batch_size` is the most inputs that one call carries.
 */
export const clipOptions = z.strictObject({
  max_retries: z.int().min(0).default(7),
  name: z.string().min(1).default('ViT-B-32'),
  pretrained: z.string().default('laion2b_s34b_b79k'),
  device: z.string().default('cpu'),
  batch_size: z.int().min(1).default(64),
  normalize: z.boolean().default(true),
});

export type ClipOptions = z.output<typeof clipOptions>;
