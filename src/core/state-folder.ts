import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ValidationError } from './errors.ts';

/** Its name in a library: Pixano takes no folder for a dataset whose name begins with a dot. */
const NAME = '.viewfinder';

/** Where Viewfinder keeps files of its own about one library; deleting it loses history and nothing else. */
export class StateFolder {
  readonly path: string;

  /** @param named the folder of `--state`; `.viewfinder` in the library where it is left out */
  constructor(library: string, named?: string) {
    this.path = resolve(named ?? join(library, NAME));
  }

  /**
   * The path of a folder within it, made where it is missing, for files that are about to be written.
   * @throws ValidationError that says why nothing can be written there, and what to do
   */
  async writable(...folder: readonly string[]): Promise<string> {
    const path = join(this.path, ...folder);
    try {
      await makeFolder(path);
      await access(path, constants.W_OK | constants.X_OK);
      return path;
    } catch (cause) {
      const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      const message =
        `Viewfinder cannot keep files of its own in ${path} (${reason}): ` +
        'name a folder that can be written with --state DIR.';
      throw new ValidationError([{ path: ['state'], message }], { cause });
    }
  }
}

/** Node's own recursive mkdir never comes back from a path below /proc. */
async function makeFolder(path: string): Promise<void> {
  if (await isMade(path)) return;
  await makeFolder(dirname(path));
  if (!(await isMade(path))) throw Object.assign(new Error(`${path} cannot be made.`), { code: 'ENOENT' });
}

/** False where the folder above is missing. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return false;
    // Another process may have been quicker.
    if (code === 'EEXIST') return true;
    throw error;
  }
}
