import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Dataset } from '../core/dataset.ts';
import { type Medium, MediumInMemory } from '../core/media.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { Turns } from '../core/turns.ts';
import type { View } from '../core/view.ts';
import type { ThumbnailSize } from '../schema/media-path.ts';
import { KeptFiles } from './kept-files.ts';
import type { ServerLog } from './server-log.ts';
import { SharedCalls } from './shared-calls.ts';
import { RECIPE, thumbnailOf } from './thumbnail-picture.ts';

/** Where a thumbnail was had from. */
export type ThumbnailSource = 'memory' | 'disk' | 'made';

export interface ThumbnailOptions {
  readonly state: StateFolder;
  readonly log: ServerLog;
  /** Bytes of all thumbnails on the disk; 512 MiB where it is left out. */
  readonly most?: number | undefined;
  /** Pictures of more pixels are refused before they are decoded; Pillow's limit where it is left out. */
  readonly maxPixels?: number | undefined;
  /** Told of each thumbnail that is had. */
  readonly onHad?: (source: ThumbnailSource) => void;
}

const MOST_ON_DISK = 512 * 1024 * 1024;
const MOST_IN_MEMORY = 32 * 1024 * 1024;
const PILLOWS_LIMIT = 178_956_970;

/** Decoding takes a thread of the four in which Node reads files, and all memory that the picture needs. */
const DECODED_AT_ONCE = 2;
/** Pictures of which the files are read, or waited for from other machines. */
const READ_AT_ONCE = 8;

/** Milliseconds for which another machine's picture is taken to be what it was. */
const REMOTE_MS = 10 * 60 * 1000;

/** Thumbnails of pictures: each is made once for one state of its picture, and kept in memory and on disk. */
export class Thumbnails implements AsyncDisposable {
  readonly #options: ThumbnailOptions;
  readonly #files: KeptFiles;
  readonly #memory = new LRUCache<string, Medium>({ maxSize: MOST_IN_MEMORY, sizeCalculation: ({ size }) => size });
  /** Of pictures in tables: a view is read anew when its table has changed. */
  readonly #ofStored = new WeakMap<View, string>();
  readonly #ofRemote = new LRUCache<string, string>({ max: 20_000, ttl: REMOTE_MS });
  readonly #calls = new SharedCalls<Medium>();
  readonly #reading = new Turns(READ_AT_ONCE);
  readonly #decoding = new Turns(DECODED_AT_ONCE);
  #cannotKeep = false;

  constructor(options: ThumbnailOptions) {
    this.#options = options;
    this.#files = new KeptFiles(options.state, 'thumbnails', { most: options.most ?? MOST_ON_DISK });
  }

  /** @throws MediaError, or the signal's reason when it aborted */
  async of(
    dataset: Dataset,
    view: View,
    size: ThumbnailSize,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Medium> {
    const fingerprint = await this.#fingerprint(dataset, view);
    const name = fingerprint === undefined ? undefined : nameOf(view, fingerprint, size);
    const kept = name === undefined ? undefined : await this.#kept(name);
    if (kept !== undefined) return kept;
    const call = name ?? JSON.stringify([dataset.path, view.table, view.id, size]);
    return this.#calls.join(call, (options) => this.#make(dataset, view, size, options), { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async #make(
    dataset: Dataset,
    view: View,
    size: ThumbnailSize,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Medium> {
    using _reading = await this.#reading.take({ signal });
    await using medium = await dataset.views.open(view, { signal });
    this.#remember(view, medium);
    const name = nameOf(view, medium.fingerprint, size);
    const kept = await this.#kept(name);
    if (kept !== undefined) return kept;
    const bytes = await medium.read({ signal });
    using _decoding = await this.#decoding.take({ signal });
    const maxPixels = this.#options.maxPixels ?? PILLOWS_LIMIT;
    const thumbnail = new MediumInMemory(await thumbnailOf(bytes, { size, maxPixels }));
    this.#options.onHad?.('made');
    if (medium.settled) await this.#keep(name, thumbnail);
    return thumbnail;
  }

  /** Undefined where the picture's bytes have to be had to know it. */
  async #fingerprint({ views }: Dataset, view: View): Promise<string | undefined> {
    const known = this.#ofStored.get(view) ?? this.#ofRemote.get(view.address);
    if (known !== undefined || view.address === '') return known;
    const [fingerprint] = await views.fingerprints([view]);
    return fingerprint ?? undefined;
  }

  #remember(view: View, { fingerprint, modified }: Medium): void {
    if (view.address === '') this.#ofStored.set(view, fingerprint);
    else if (modified === null) this.#ofRemote.set(view.address, fingerprint);
  }

  async #kept(name: string): Promise<Medium | undefined> {
    const known = this.#memory.get(name);
    if (known !== undefined) {
      this.#options.onHad?.('memory');
      return known;
    }
    const bytes = await this.#files.read(name);
    if (bytes === null || !isWholeJpeg(bytes)) return undefined;
    this.#options.onHad?.('disk');
    const thumbnail = new MediumInMemory(bytes);
    this.#memory.set(name, thumbnail);
    return thumbnail;
  }

  /** What cannot be kept on disk is in memory all the same. */
  async #keep(name: string, thumbnail: MediumInMemory): Promise<void> {
    this.#memory.set(name, thumbnail);
    if (this.#options.most === 0) return;
    try {
      await this.#files.write(name, await thumbnail.read());
      this.#cannotKeep = false;
    } catch (err) {
      if (!this.#cannotKeep)
        this.#options.log.warn({ err }, 'Thumbnails cannot be kept on disk, so they are made anew.');
      this.#cannotKeep = true;
    }
  }
}

/** The name of its file: another one once the picture has changed. */
function nameOf({ address }: View, fingerprint: string, size: ThumbnailSize): string {
  return `${hash('sha256', JSON.stringify([RECIPE, size, address, fingerprint]), 'hex')}.jpg`;
}

/** A machine that lost its power may have kept the file's name and not its bytes. */
function isWholeJpeg(bytes: Uint8Array): boolean {
  const [end, marker] = bytes.subarray(-2);
  return bytes[0] === 0xff && bytes[1] === 0xd8 && end === 0xff && marker === 0xd9;
}
