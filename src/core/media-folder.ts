import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Call } from './call.ts';
import { MediaError, MediaFolderError } from './media.ts';
import { fingerprintOf, MediaFile } from './media-file.ts';

/** The folder to which the relative addresses of views lead. Nothing outside it is ever read. */
export class MediaFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /** Whether the address is one that this folder may serve; the file need not be there. */
  serves(address: string): boolean {
    return this.#candidates(address).length > 0;
  }

  /**
   * The file's bytes.
   * @param address as Pixano stores it: relative to the folder, with or without one leading "/",
   *   or an absolute path or `file:` address within the folder
   * @throws MediaError
   */
  async read(address: string, call: Call = {}): Promise<Uint8Array> {
    await using file = await this.open(address);
    return await file.read(call);
  }

  /**
   * The file, of which as much may be read as is wanted.
   * @throws MediaError
   */
  async open(address: string): Promise<MediaFile> {
    return MediaFile.open(await this.#find(address), address);
  }

  /** Another text once the file has changed, or who may read it; null where there is no file. */
  async fingerprint(address: string): Promise<string | null> {
    try {
      return fingerprintOf(await stat(await this.#find(address)));
    } catch {
      return null;
    }
  }

  async #find(address: string): Promise<string> {
    const candidates = this.#candidates(address);
    if (candidates.length === 0) throw forbidden(address, this.folder);
    const root = await realpath(this.folder).catch((cause) => {
      throw new MediaFolderError(this.folder, { cause });
    });
    for (const candidate of candidates) {
      const path = await realpath(candidate).catch(() => null);
      if (path === null) continue;
      if (!isWithin(path, root)) throw forbidden(address, this.folder);
      return path;
    }
    throw new MediaError('MEDIA_MISSING', `There is no file ${address} in the media folder ${this.folder}.`);
  }

  /**
   * Paths within the folder that the address may mean, the literal one first. Pixano decodes "%20"
   * and the like, so a file whose very name holds a "%" is reached by both spellings.
   */
  #candidates(address: string): string[] {
    const spellings = [address, decoded(address)].filter((each) => each !== null);
    const paths = spellings.map((spelling) => this.#path(spelling)).filter((path) => path !== null);
    return [...new Set(paths)].filter((path) => isWithin(path, this.folder));
  }

  #path(address: string): string | null {
    if (address === '' || address.includes('\0')) return null;
    if (address.startsWith('file:')) return filePath(address);
    if (/^[a-z][a-z0-9+.-]+:/i.test(address)) return null;
    if (isAbsolute(address) && isWithin(address, this.folder)) return resolve(address);
    return join(this.folder, address.replace(/^\//, ''));
  }
}

export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function decoded(address: string): string | null {
  try {
    return decodeURIComponent(address);
  } catch {
    return null;
  }
}

function filePath(address: string): string | null {
  try {
    return fileURLToPath(address);
  } catch {
    return null;
  }
}

function forbidden(address: string, folder: string): MediaError {
  return new MediaError('MEDIA_FORBIDDEN', `${address} does not lead into the media folder ${folder}; it is not read.`);
}
