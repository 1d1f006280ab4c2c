import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EmbeddingError } from '../embedding-plugin.ts';

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
const colour = z.tuple([z.number(), z.number(), z.number()]);

/** visual/preprocess_cfg.json: open_clip's preprocessing; `size` is height, width. */
const preprocessConfig = z
  .object({
    size: z.union([side.transform((size): [number, number] => [size, size]), z.tuple([side, side])]),
    mode: z.literal('RGB').default('RGB'),
    mean: colour,
    std: colour,
    interpolation: z.enum(['bicubic', 'bilinear']).default('bicubic'),
    resize_mode: z.enum(['shortest', 'squash']).default('shortest'),
  })
  .refine(({ size, resize_mode }) => resize_mode === 'squash' || size[0] === size[1], {
    message: 'must be a square where resize_mode is shortest',
    path: ['size'],
  });

export type PreprocessConfig = z.output<typeof preprocessConfig>;

const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);

/** textual/tokenizer_config.json; the tokenizer's own library gets all of it. */
const tokenizerConfig = z.looseObject({ pad_token: token.nullish(), sep_token: token.nullish() });

export type TokenizerConfig = z.output<typeof tokenizerConfig>;

export function readModelConfig(folder: string): Promise<ModelConfig> {
  return readJson(join(folder, 'config.json'), modelConfig);
}

export function readPreprocessConfig(folder: string): Promise<PreprocessConfig> {
  return readJson(join(folder, 'visual', 'preprocess_cfg.json'), preprocessConfig);
}

export function readTokenizerConfig(folder: string): Promise<TokenizerConfig> {
  return readJson(join(folder, 'textual', 'tokenizer_config.json'), tokenizerConfig);
}

/** textual/tokenizer.json; the tokenizer's library checks the rest of it. */
const tokenizer = z.looseObject({
  normalizer: z.unknown(),
  model: z.looseObject({ end_of_word_suffix: z.string().nullish() }),
});

export function readTokenizer(folder: string): Promise<z.output<typeof tokenizer>> {
  return readJson(join(folder, 'textual', 'tokenizer.json'), tokenizer);
}

/** @throws EmbeddingError MODEL_FAILED, final */
async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new EmbeddingError('MODEL_FAILED', 'final', `The model's file ${file} cannot be used: ${reason}`, { cause });
  }
}
