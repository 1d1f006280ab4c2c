import type { ModelLocation } from '../embedding-plugin.ts';
import { dimensionsIn, readModelConfig } from './model-config.ts';
import { findModelFolder } from './model-folder.ts';
import type { ModelChoice } from './options.ts';

/**
 * Where the model is, or where it was looked for; loads nothing.
 * @param pin the options that name a commit
 */
export async function locate(
  choice: ModelChoice,
  modelFolders: readonly string[],
  pin?: (commit: string) => Readonly<Record<string, unknown>>,
): Promise<ModelLocation> {
  const search = await findModelFolder(choice, modelFolders);
  if (!search.found) return { installed: false, name: choice.name, reason: search.reason };
  const { name, path, commit } = search;
  const dimensions = await readModelConfig(path).then(dimensionsIn, () => null);
  return { installed: true, name, dimensions, ...(pin && commit !== null && { pinned: pin(commit) }) };
}
