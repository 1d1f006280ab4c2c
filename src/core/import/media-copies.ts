import { lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { ConflictError, ValidationError } from '../errors.ts';
import { MediaError } from '../media.ts';
import { isWithin } from '../media-folder.ts';
import { Turns } from '../turns.ts';
import type { SourceFolder } from './source-folder.ts';

/** Puts the pictures of one source below the media folder, where addresses of the items layout lead. */
export class MediaCopies {
  readonly #root: string;
  /** The source's own address where it lies in the media folder already. */
  readonly #within: string | null;
  readonly #folder: string;
  readonly #made = new Map<string, Promise<void>>();
  /** One file at a time: items that are read side by side may have one picture. */
  readonly #turns = new Turns(1);

  private constructor(root: string, within: string | null, folder: string) {
    this.#root = root;
    this.#within = within;
    this.#folder = folder;
  }

  /**
   * @param media the media folder, which is made where it is not there and its own folder is
   * @param folder of the dataset's pictures within it
   */
  static async open(media: string, folder: string, source: SourceFolder): Promise<MediaCopies> {
    const path = resolve(media);
    const parent = await realpath(dirname(path)).catch(() => dirname(path));
    const root = await realpath(path).catch(() => join(parent, basename(path)));
    if (isWithin(root, source.realPath)) {
      throw ValidationError.at(
        'media',
        `The media folder ${path} lies in ${source.path}: its copies would be imported as well. Name another with --media DIR.`,
      );
    }
    await makeFolder(path, 'media');
    const lies = root === source.realPath || isWithin(source.realPath, root);
    return new MediaCopies(root, lies ? relative(root, source.realPath).split(sep).join('/') : null, folder);
  }

  /**
   * @param address of the picture within the source
   * @returns the address to store, as Pixano 0.6 resolves it; the file is there
   * @throws MediaError where another file has that place
   */
  async place(address: string, bytes: Uint8Array): Promise<string> {
    if (this.#within !== null) return storedAddress(posix.join(this.#within, address));
    const url = posix.join(this.#folder, address);
    await this.#makeFolderOf(url);
    const path = join(this.#root, url);
    using _turn = await this.#turns.take();
    const there = await lstat(path).catch(() => null);
    if (there === null) await this.#write(path, bytes);
    else if (!(there.isFile() && there.size === bytes.length && Buffer.compare(await readFile(path), bytes) === 0)) {
      throw new MediaError('MEDIA_UNREADABLE', `${path} is another file already: rename the picture or remove that.`);
    }
    return storedAddress(url);
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    // One name, so that the next import takes away what an interruption left.
    const temporary = `${path}.part`;
    await rm(temporary, { force: true });
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
  }

  /** One step after the other, and none through a link: it could lead out of the media folder. */
  async #makeFolderOf(url: string): Promise<void> {
    const steps = url.split('/').slice(0, -1);
    for (const [index] of steps.entries()) {
      const step = steps.slice(0, index + 1).join('/');
      const making = this.#made.get(step) ?? makeStep(join(this.#root, step));
      this.#made.set(step, making);
      await making;
    }
  }
}

/** A library's or a media folder that is to be written to. @throws ValidationError where it cannot be made */
export async function makeFolder(path: string, flag: 'library' | 'media'): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const there = await lstat(join(path, '.')).catch(() => null);
    if (there?.isDirectory()) return;
    const message = `The ${flag} folder ${path} is not there and cannot be made: ${String(cause)}.`;
    throw new ValidationError([{ path: [flag], message }], { cause });
  }
}

async function makeStep(path: string): Promise<void> {
  await mkdir(path).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if ((await lstat(path)).isDirectory()) return;
  throw new ConflictError('CONFLICT', `${path} is not a folder, or a link to one; pictures are not copied through it.`);
}

/** Pixano 0.6 decodes percent sequences of an address, and cuts it at "#". */
function storedAddress(path: string): string {
  return path.replaceAll(/[%#?\p{Cc}]/gu, encodeURIComponent);
}
