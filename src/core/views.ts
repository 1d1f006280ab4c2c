import { hash } from 'node:crypto';
import type * as Arrow from 'apache-arrow';
import type { Call } from './call.ts';
import { NotFoundError, ValidationError } from './errors.ts';
import type { EmbeddingReference, Layout } from './layout.ts';
import { MediaError, type Medium, MediumInMemory } from './media.ts';
import type { MediaFolder } from './media-folder.ts';
import type { RemoteMedia } from './remote-media.ts';
import { batchRows, type Row } from './row.ts';
import { sqlInEach } from './sql.ts';
import { StoredPictures } from './stored-pictures.ts';
import type { TableStore } from './table-store.ts';
import type { View, ViewKey } from './view.ts';

/** Which views: those of one table or logical view; all where nothing is said. */
export interface ViewFilter {
  /** A table, or in the records layout also the name of a logical view. */
  readonly table?: string | undefined;
  /** Only the tables of pictures. */
  readonly imagesOnly?: boolean | undefined;
}

export interface ViewPage extends Call {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** The views of one dataset, and their bytes. */
export class Views {
  readonly #store: TableStore;
  readonly #layout: Layout;
  readonly #media: MediaFolder;
  readonly #remote: RemoteMedia;
  readonly #stored: StoredPictures;

  constructor(store: TableStore, layout: Layout, { media, remote }: { media: MediaFolder; remote: RemoteMedia }) {
    this.#store = store;
    this.#layout = layout;
    this.#media = media;
    this.#remote = remote;
    this.#stored = new StoredPictures(store);
  }

  /** Tables of views that are on disk, those of pictures alone where asked. */
  async tables(options: { readonly imagesOnly?: boolean | undefined } = {}): Promise<string[]> {
    const names = await this.#store.folder.names();
    return names.filter((name) =>
      options.imagesOnly ? this.#layout.isImageTable(name) : this.#layout.groupOf(name) === 'VIEW',
    );
  }

  async count(filter: ViewFilter = {}, call: Call = {}): Promise<number> {
    return (await this.counts(filter, call)).reduce((sum, { count }) => sum + count, 0);
  }

  /** Views of each table, in the order in which `stream` gives the tables. */
  async counts(
    filter: ViewFilter = {},
    call: Call = {},
  ): Promise<{ readonly table: string; readonly count: number }[]> {
    const counts: { table: string; count: number }[] = [];
    for (const { table, where } of await this.#sources(filter)) {
      counts.push({ table, count: await this.#store.count(table, where, call) });
    }
    return counts;
  }

  /**
   * Table after table, each in its own order; a few thousand in memory at a time.
   * @param isWanted asked of each view in turn; the others are left out
   */
  async *stream(
    filter: ViewFilter = {},
    page: ViewPage = {},
    isWanted: (key: ViewKey) => boolean = () => true,
  ): AsyncGenerator<View> {
    for await (const { table, batch } of this.#batches(filter, page, this.#layout.viewColumns)) {
      for (const row of batchRows(table, batch, (id) => isWanted({ table, id }))) yield this.#view(row);
    }
  }

  /** The keys of what `stream` gives, read and made several times as fast. */
  async *keys(filter: ViewFilter = {}, page: ViewPage = {}): AsyncGenerator<ViewKey> {
    for await (const { table, batch } of this.#batches(filter, page, [])) {
      const ids = batch.getChild('id');
      for (let index = 0; index < batch.numRows; index++) yield { table, id: String(ids?.get(index)) };
    }
  }

  async *#batches(
    filter: ViewFilter,
    page: ViewPage,
    columns: readonly string[],
  ): AsyncGenerator<{ table: string; batch: Arrow.RecordBatch }> {
    const { signal } = page;
    let { limit = Number.POSITIVE_INFINITY, offset = 0 } = page;
    for (const { table: name, where } of await this.#sources(filter)) {
      if (limit <= 0) return;
      const count = offset === 0 ? 0 : await this.#store.count(name, where, { signal });
      if (offset > 0 && offset >= count) {
        offset -= count;
        continue;
      }
      const query = { where, offset, columns, rowIds: columns.length > 0 && this.#storesPictures, signal };
      for await (const batch of this.#store.batches(name, Number.isFinite(limit) ? { ...query, limit } : query)) {
        limit -= batch.numRows;
        yield { table: name, batch };
      }
      offset = 0;
    }
  }

  /**
   * One result a key, in the order of the keys; null for a view that is not there. A key without a
   * table, as embeddings of the records layout give it, is looked up in every table of pictures.
   */
  async byKeys(keys: readonly EmbeddingReference['view'][], call: Call = {}): Promise<(View | null)[]> {
    const found = new Map<string, View>();
    for (const name of await this.tables()) {
      const anywhere = this.#layout.isImageTable(name);
      const ofTable = keys.filter((key) => key.table === name || (key.table === null && anywhere));
      if (ofTable.length === 0) continue;
      const ids = [...new Set(ofTable.map((key) => key.id))];
      const query = { ...call, columns: this.#layout.viewColumns, rowIds: this.#storesPictures };
      for await (const row of this.#store.rowsByIds(name, ids, query)) {
        const view = this.#view(row);
        found.set(JSON.stringify([name, row.id]), view);
        found.set(JSON.stringify([null, row.id]), view);
      }
    }
    return keys.map((key) => found.get(JSON.stringify([key.table, key.id])) ?? null);
  }

  /** One list an item, in the order of the items; of one table, or logical view, where it is named. */
  async ofItems(itemIds: readonly string[], { table, signal }: Pick<ViewFilter, 'table'> & Call): Promise<View[][]> {
    const found = new Map(itemIds.map((id): [string, View[]] => [id, []]));
    for (const source of await this.#sources({ table })) {
      for (const ofItems of sqlInEach(this.#layout.itemIdColumn, [...found.keys()])) {
        const where = source.where === undefined ? ofItems : `${source.where} AND ${ofItems}`;
        for await (const row of this.#store.rows(source.table, { where, columns: this.#layout.viewColumns, signal })) {
          const view = this.#layout.view(row);
          found.get(view.itemId)?.push(view);
        }
      }
    }
    return itemIds.map((id) => found.get(id) ?? []);
  }

  /** Whether its bytes may be had here at all. */
  servable(view: View): boolean {
    const { address } = view;
    if (address === '') return this.#layout.kind === 'RECORDS';
    return isRemote(address) ? this.#remote.serves(address) : this.#media.serves(address);
  }

  /**
   * The bytes of a view's file: those in the table, in the media folder, or on a host that is allowed.
   * @throws MediaError, or the signal's reason when it aborted
   */
  async read(view: View, call: Call = {}): Promise<Uint8Array> {
    const { address } = view;
    if (isRemote(address)) return this.#remote.read(address, { signal: call.signal });
    if (address !== '') return this.#media.read(address, call);
    const bytes = (await this.readStored([view])).get(view);
    if (bytes !== undefined) return bytes;
    throw new MediaError('MEDIA_MISSING', `The view ${view.id} of "${view.table}" has neither bytes nor an address.`);
  }

  /**
   * The medium of a view: of one in the media folder nothing is read yet.
   * @throws MediaError, or the signal's reason when it aborted
   */
  async open(view: View, call: Call = {}): Promise<Medium> {
    const { address } = view;
    if (address !== '' && !isRemote(address)) return this.#media.open(address);
    return new MediumInMemory(await this.read(view, call));
  }

  /** The bytes of those of the views that the tables themselves hold: of a batch in one look. */
  async readStored(views: readonly View[]): Promise<Map<View, Uint8Array>> {
    if (!this.#storesPictures) return new Map();
    return this.#stored.read(views.filter(({ address }) => address === ''));
  }

  /** For each view another text once its picture has changed; null where it has none. */
  async fingerprints(views: readonly View[]): Promise<(string | null)[]> {
    const stored = await this.readStored(views);
    const fingerprint = (view: View) => {
      const bytes = stored.get(view);
      if (bytes !== undefined) return hash('sha256', bytes, 'base64url');
      return view.address === '' || isRemote(view.address) ? null : this.#media.fingerprint(view.address);
    };
    return Promise.all(views.map(fingerprint));
  }

  get #storesPictures(): boolean {
    return this.#layout.kind === 'RECORDS';
  }

  #view(row: Row): View {
    const view = this.#layout.view(row);
    if (this.#storesPictures) this.#stored.remember(view, row);
    return view;
  }

  async #sources(filter: ViewFilter): Promise<{ table: string; where: string | undefined }[]> {
    if (filter.table !== undefined) return [this.#source(filter.table)];
    return (await this.tables(filter)).map((table) => ({ table, where: undefined }));
  }

  #source(name: string) {
    const source = this.#layout.viewTable(name);
    if (source === null) throw new NotFoundError(`There is no table of views "${name}" in this dataset.`);
    return source;
  }
}

function isRemote(address: string): boolean {
  return /^https?:/i.test(address);
}

/** @throws ValidationError where a limit or an offset is not a whole number in its range */
export function checkPage(page: ViewPage): void {
  const { limit, offset } = page;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw ValidationError.at('limit', `The limit must be a whole number of at least 1, not ${limit}.`);
  }
  if (offset !== undefined && !(Number.isSafeInteger(offset) && offset >= 0)) {
    throw ValidationError.at('offset', `The offset must be a whole number of at least 0, not ${offset}.`);
  }
}
