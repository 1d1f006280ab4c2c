import { join } from 'node:path';
import { MediaError } from '../media.ts';
import type { IdentifiedItem, IdentifiedView } from './identified-item.ts';
import type { MediaCopies } from './media-copies.ts';
import type { PictureFacts, ReadItem, StoredPicture } from './read-item.ts';
import type { SourceFolder } from './source-folder.ts';
import type { ImportFailure } from './source-item.ts';

/** What is to become of the pictures: copies in the media folder, bytes in the table, or what they are. */
export type Keeping = MediaCopies | 'embedded' | 'by-uri';

const NO_BYTES = new Uint8Array();

/** Reads the pictures of items, and puts them where they are to stay. */
export class ItemReader {
  readonly #source: SourceFolder;
  readonly #keeping: Keeping;
  readonly #readPicture: (bytes: Uint8Array) => Promise<PictureFacts>;

  /** @param readPicture throws a MediaError where the bytes are no picture that can be read */
  constructor(source: SourceFolder, keeping: Keeping, readPicture: (bytes: Uint8Array) => Promise<PictureFacts>) {
    this.#source = source;
    this.#keeping = keeping;
    this.#readPicture = readPicture;
  }

  /** A failure where one of its pictures cannot be read. */
  async read(item: IdentifiedItem): Promise<ReadItem | ImportFailure> {
    try {
      return { ...item, pictures: await Promise.all(item.views.map((view) => this.#store(view))) };
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      return { where: item.where, code: error.code, message: error.message };
    }
  }

  async #store(view: IdentifiedView): Promise<StoredPicture> {
    const bytes = await this.#source.read(view.address);
    const facts = { ...(await this.#readPicture(bytes)), view };
    if (this.#keeping === 'embedded') return { ...facts, address: '', bytes };
    const address =
      this.#keeping === 'by-uri'
        ? join(this.#source.path, view.address)
        : await this.#keeping.place(view.address, bytes);
    return { ...facts, address, bytes: NO_BYTES };
  }
}
