import { stat } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where models are looked for when nobody says: `models` beside the library (in the working folder
 * where there is no library), then the user's cache.
 * @param library path of the library
 */
export function defaultModelFolders(library: string | undefined): string[] {
  const beside = library === undefined ? resolve('models') : resolve(library, '..', 'models');
  return [beside, join(userCache(), 'viewfinder', 'models')];
}

/** The folder of a model: the first of its name. */
export async function findFolder(name: string, modelFolders: readonly string[]): Promise<string | null> {
  for (const folder of modelFolders) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => null))?.isDirectory()) return path;
  }
  return null;
}

/**
 * How to get a model that is in none of the folders, with a network and without; whole sentences.
 * @param name as the hub has it, and as its folder is called below a folder of models
 * @param modelFolders those that were looked in, one at least
 * @param dtype of its numbers, as the options name it
 */
export function howToGet(name: string, [folder = 'models']: readonly string[], dtype = 'fp32'): string {
  const more = dtype === 'fp32' ? '' : ` --dtype ${dtype}`;
  const command = `viewfinder models pull ${shellWord(name)}${more} --models ${shellWord(folder)}`;
  return (
    `Fetch it with "${command}"; where there is no network, run that on a machine that has one, and copy the folder ` +
    `that it makes to ${join(folder, name)}. If it is in another folder of models, name that with --models.`
  );
}

/** What a shell takes for this very text: names come from tables, and a command is there to be copied. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function userCache(): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform() === 'win32') return join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
