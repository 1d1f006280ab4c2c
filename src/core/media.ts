import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ViewfinderError } from './errors.ts';

/** Why the bytes of a view cannot be had; `code` is that of the view's failure. */
export class MediaError extends ViewfinderError {
  override readonly name = 'MediaError';
  /** MEDIA_UNREACHABLE: another try may succeed, for the fault is not the picture's. */
  readonly code:
    | 'MEDIA_MISSING'
    | 'MEDIA_FORBIDDEN'
    | 'MEDIA_TOO_LARGE'
    | 'MEDIA_UNREADABLE'
    | 'MEDIA_UNSUPPORTED'
    | 'MEDIA_UNREACHABLE';

  constructor(code: MediaError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** There is no media folder at all: that says nothing of any picture. */
export class MediaFolderError extends MediaError {
  constructor(folder: string, options?: ErrorOptions) {
    super('MEDIA_MISSING', `The media folder ${folder} is not there; give it with --media.`, options);
  }
}

/** Bytes of the largest file that is read whole into memory. */
const LARGEST_FILE = 256 * 1024 * 1024;

/** Errors of the system's, and not of the file's: too many are open, a disk of the network is away. */
const PASSING = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN'];

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
  async read(address: string): Promise<Uint8Array> {
    return readMediaFile(await this.#find(address), address);
  }

  /** Another text once the file has changed, or who may read it; null where there is no file. */
  async fingerprint(address: string): Promise<string | null> {
    try {
      const { size, mtimeMs, ctimeMs } = await stat(await this.#find(address));
      return `${size}:${mtimeMs}:${ctimeMs}`;
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

/**
 * The bytes of one file, which must be an ordinary one and not too large for memory.
 * @param name of the file in messages
 * @throws MediaError
 */
export async function readMediaFile(path: string, name: string): Promise<Uint8Array> {
  try {
    const file = await stat(path);
    // Reading a pipe or a device could wait for ever.
    if (!file.isFile()) throw new MediaError('MEDIA_UNREADABLE', `${name} is not a file.`);
    if (file.size > LARGEST_FILE) {
      throw new MediaError('MEDIA_TOO_LARGE', `${name} has ${file.size} bytes; at most ${LARGEST_FILE} are read.`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    const later = cause instanceof Error && 'code' in cause && PASSING.includes(String(cause.code));
    const code = later ? 'MEDIA_UNREACHABLE' : 'MEDIA_UNREADABLE';
    throw new MediaError(code, `${name} cannot be read: ${String(cause)}.`, { cause });
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
