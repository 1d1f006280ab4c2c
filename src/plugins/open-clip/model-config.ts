import { join } from 'node:path';
import { z } from 'zod';
import type { PictureConfig } from '../pictures/picture-config.ts';
import { readJson } from '../read-json.ts';

const tokenizerKwargs = z.looseObject({
  clean: z.enum(['lower', 'canonicalize', 'whitespace']).optional(),
  strip_sep_token: z.boolean().default(false),
  // Each of these makes other tokens in a way that is not done here: better no model than wrong vectors.
  tokenizer_mode: z.literal(['', null]).optional(),
  reduction_mask: z.literal(['', null]).optional(),
});

/** config.json: open_clip's model configuration, as far as it bears on the input and output of the graphs. */
const modelConfig = z.object({
  embed_dim: z.int().positive(),
  text_cfg: z
    .object({
      context_length: z.int().positive().default(77),
      hf_tokenizer_name: z.string().nullish(),
      tokenizer_kwargs: tokenizerKwargs.nullish(),
    })
    .optional(),
});

export type ModelConfig = z.output<typeof modelConfig>;

const side = z.int().positive();
const channel = z.number();
/** open_clip takes one number for all three colours as well. */
const colour = z.union([
  channel.transform((value): [number, number, number] => [value, value, value]),
  z.tuple([channel, channel, channel]),
]);

/** visual/preprocess_cfg.json: open_clip's `PreprocessCfg`. */
const preprocessConfig = z
  .object({
    size: z.union([side.transform((size): [number, number] => [size, size]), z.tuple([side, side])]),
    mode: z.literal('RGB').default('RGB'),
    mean: colour,
    std: colour,
    // `random` is of training: at evaluation it is bicubic.
    interpolation: z.enum(['bicubic', 'bilinear', 'random']).default('bicubic'),
    resize_mode: z.enum(['shortest', 'squash', 'longest']).default('shortest'),
    fill_color: z.int().min(0).max(255).default(0),
  })
  .transform(({ size, mean, std, interpolation, resize_mode, fill_color }): PictureConfig => {
    // open_clip passes the interpolation on to every resize but this one.
    const asTold = resize_mode !== 'shortest' || size[0] === size[1];
    return {
      size,
      mean,
      std,
      interpolation: asTold && interpolation === 'bilinear' ? 'bilinear' : 'bicubic',
      resizeMode: resize_mode,
      fill: fill_color,
    };
  });

const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);

/** textual/tokenizer_config.json; the tokenizer's own library gets all of it. */
const tokenizerConfig = z.looseObject({
  pad_token: token.nullish(),
  sep_token: token.nullish(),
  // transformers writes 1e30 where it knows none.
  model_max_length: z.number().positive().nullish(),
});

export type TokenizerConfig = z.output<typeof tokenizerConfig>;

export function readModelConfig(folder: string): Promise<ModelConfig> {
  return readJson(join(folder, 'config.json'), modelConfig);
}

/** @param visual the folder of the image tower */
export function readPreprocessConfig(visual: string): Promise<PictureConfig> {
  return readJson(join(visual, 'preprocess_cfg.json'), preprocessConfig);
}

/** @param textual the folder of the text tower */
export function readTokenizerConfig(textual: string): Promise<TokenizerConfig> {
  return readJson(join(textual, 'tokenizer_config.json'), tokenizerConfig);
}

/** textual/tokenizer.json; the tokenizer's library checks the rest of it. */
const tokenizer = z.looseObject({
  normalizer: z.unknown(),
  model: z.looseObject({ end_of_word_suffix: z.string().nullish() }),
});

/** @param textual the folder of the text tower */
export function readTokenizer(textual: string): Promise<z.output<typeof tokenizer>> {
  return readJson(join(textual, 'tokenizer.json'), tokenizer);
}
