import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NotFoundError } from '../errors.ts';
import { MediaError } from '../media.ts';
import { MediaFile } from '../media-file.ts';
import { isWithin } from '../media-folder.ts';

/** A file or a folder within a source. */
export interface SourceEntry {
  readonly name: string;
  /** Address within the source, with "/" between its steps. */
  readonly address: string;
  readonly kind: 'file' | 'folder' | 'linked-folder';
}

/** The folder that is imported. Nothing outside it is ever read, links that lead out of it included. */
export class SourceFolder {
  readonly path: string;
  /** Name of the folder, by which Pixano tells one source from another. */
  readonly name: string;
  /** The path without links. */
  readonly realPath: string;

  private constructor(path: string, realPath: string) {
    this.path = path;
    this.realPath = realPath;
    this.name = basename(realPath);
  }

  /** @throws NotFoundError */
  static async open(path: string): Promise<SourceFolder> {
    const folder = resolve(path);
    const found = await stat(folder).catch(() => null);
    if (!found?.isDirectory()) throw new NotFoundError(`There is no folder ${folder} to import.`);
    return new SourceFolder(folder, await realpath(folder));
  }

  /**
   * What lies directly in a folder, by name; names that begin with a dot are passed over.
   * @throws MediaError
   */
  async entries(address: string): Promise<SourceEntry[]> {
    const folder = join(this.realPath, address);
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
      throw new MediaError('MEDIA_UNREADABLE', `${address || folder} cannot be read: ${String(cause)}.`, { cause });
    });
    const visible = entries.filter((entry) => !entry.name.startsWith('.'));
    visible.sort((one, other) => (one.name < other.name ? -1 : 1));
    return Promise.all(
      visible.map(async (entry): Promise<SourceEntry> => {
        const { name } = entry;
        const within = { name, address: address === '' ? name : `${address}/${name}` };
        if (entry.isDirectory()) return { ...within, kind: 'folder' };
        const linked = entry.isSymbolicLink() ? await stat(join(folder, name)).catch(() => null) : null;
        return { ...within, kind: linked?.isDirectory() ? 'linked-folder' : 'file' };
      }),
    );
  }

  /**
   * The path of a file, without links.
   * @param address with "/" between its steps, in the spelling in which it was found
   * @throws MediaError where it is not there, or leads out of the source
   */
  async find(address: string): Promise<string> {
    const path = join(this.realPath, address);
    const real = isWithin(path, this.realPath) && !address.includes('\0') ? await realpath(path).catch(() => null) : '';
    if (real === null) throw new MediaError('MEDIA_MISSING', `There is no file ${address} in ${this.path}.`);
    if (isWithin(real, this.realPath)) return real;
    throw new MediaError('MEDIA_FORBIDDEN', `${address} leads out of ${this.path}; it is not read.`);
  }

  /** @throws MediaError */
  async read(address: string): Promise<Uint8Array> {
    await using file = await MediaFile.open(await this.find(address), address);
    return await file.read();
  }
}
