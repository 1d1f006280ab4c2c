import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../read-json.ts';

const count = z.int().positive();

/** config.json, as far as it bears on the inputs and outputs of the graphs. */
const modelConfig = z.object({
  model_type: z.string(),
  hidden_size: count.optional(),
  projection_dim: count.optional(),
  text_config: z.object({ max_position_embeddings: count.optional() }).optional(),
  vision_config: z.object({ hidden_size: count.optional() }).optional(),
});

export type ModelConfig = z.output<typeof modelConfig>;

const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);

/** tokenizer_config.json; the tokenizer's own library gets all of it. */
const tokenizerConfig = z.looseObject({
  tokenizer_class: z.string().optional(),
  model_max_length: z.number().optional(),
  do_lower_case: z.boolean().optional(),
  padding_side: z.enum(['left', 'right']).optional(),
  pad_token: token.nullish(),
  eos_token: token.nullish(),
});

export type TokenizerConfig = z.output<typeof tokenizerConfig>;

/** tokenizer.json; the tokenizer's library checks the rest of it. */
const tokenizer = z.looseObject({ normalizer: z.unknown() });

export type TokenizerJson = z.output<typeof tokenizer>;

export function readModelConfig(folder: string): Promise<ModelConfig> {
  return readJson(join(folder, 'config.json'), modelConfig);
}

export function readTokenizerConfig(folder: string): Promise<TokenizerConfig> {
  return readJson(join(folder, 'tokenizer_config.json'), tokenizerConfig);
}

export function readTokenizer(folder: string): Promise<TokenizerJson> {
  return readJson(join(folder, 'tokenizer.json'), tokenizer);
}

/** Length of its vectors, where config.json says it; exports leave out what has its default. */
export function dimensionsIn({ model_type, ...config }: ModelConfig): number | null {
  const found = model_type === 'siglip' ? config.vision_config?.hidden_size : config.projection_dim;
  return found ?? config.hidden_size ?? null;
}
