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

function userCache(): string {
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (platform() === 'win32') return join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
