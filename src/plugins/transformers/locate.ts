import type { ModelLocation } from '../embedding-plugin.ts';
import { dimensionsIn, readModelConfig } from './model-config.ts';
import { findModelFolder } from './model-folder.ts';
import type { ModelChoice } from './options.ts';

/** Where the model is, or where it was looked for; loads nothing. */
export async function locate(choice: ModelChoice, modelFolders: readonly string[]): Promise<ModelLocation> {
  const { name } = choice;
  const search = await findModelFolder(choice, modelFolders);
  if (!search.found) return { installed: false, name, reason: search.reason };
  const dimensions = await readModelConfig(search.path).then(dimensionsIn, () => null);
  return { installed: true, name, dimensions };
}
