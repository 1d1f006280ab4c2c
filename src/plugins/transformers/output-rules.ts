import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../read-json.ts';

/** What a folder of sentence-transformers says is done to the states that the model gives. */
export interface OutputRules {
  readonly pooling: 'cls' | 'mean';
  readonly normalize: boolean;
}

const modules = z.array(z.object({ type: z.string() }));
const pooling = z.object({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
});

/**
 * Undefined for models of transformers itself, whose files say nothing of it.
 * @throws EmbeddingError MODEL_FAILED, final
 */
export async function readOutputRules(folder: string): Promise<OutputRules | undefined> {
  const file = join(folder, 'modules.json');
  if (!existsSync(file)) return undefined;
  const listed = await readJson(file, modules);
  const mode = await readJson(
    join(folder, '1_Pooling', 'config.json'),
    pooling.refine(
      (each) => each.pooling_mode_cls_token !== each.pooling_mode_mean_tokens,
      'neither the class token nor the mean is its pooling',
    ),
  );
  return {
    pooling: mode.pooling_mode_cls_token ? 'cls' : 'mean',
    normalize: listed.some(({ type }) => type.endsWith('.Normalize')),
  };
}
