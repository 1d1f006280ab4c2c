import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Arrow from 'apache-arrow';
import type { RowQuery } from './row.ts';
import { RowPlaces } from './row-places.ts';

/** What of a store of tables says where their rows are. */
interface Tables {
  version(name: string): Promise<string>;
  count(name: string): Promise<number>;
  batches(name: string, query: RowQuery): AsyncIterable<Arrow.RecordBatch>;
}

interface Known {
  /** Of the table, when its rows were read. */
  readonly version: string;
  readonly places: Promise<RowPlaces | null>;
  /** Null until they are known. */
  ready: RowPlaces | null;
}

/** Of the time between two readings of a table that changes all the while, what reading may take. */
const SHARE = 1 / 20;

/**
 * The places of the rows of a dataset's tables, each kept while its table stays at its version. They
 * are read in the background, and nobody has to wait.
 */
export class TablePlaces {
  readonly #store: Tables;
  readonly #known = new Map<string, Known>();
  readonly #notBefore = new Map<string, number>();

  constructor(store: Tables) {
    this.#store = store;
  }

  /** As they were when they were last read, if they ever were. */
  last(table: string): RowPlaces | null {
    return this.#known.get(table)?.ready ?? null;
  }

  /**
   * Null while they are being read, which begins when they are first asked for.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async now(table: string): Promise<RowPlaces | null> {
    const version = await this.#store.version(table);
    const known = this.#known.get(table);
    if (known?.version === version) return known.ready;
    if (performance.now() >= (this.#notBefore.get(table) ?? 0)) this.#read(table, version);
    return null;
  }

  /** @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE */
  async whenRead(table: string): Promise<RowPlaces> {
    for (;;) {
      const version = await this.#store.version(table);
      const known = this.#known.get(table);
      const places = await (known?.version === version ? known : this.#read(table, version)).places;
      if (places !== null) return places;
    }
  }

  #read(table: string, version: string): Known {
    const started = performance.now();
    this.#notBefore.set(table, Number.POSITIVE_INFINITY);
    const known: Known = { version, places: this.#places(table, version), ready: null };
    this.#known.set(table, known);
    known.places
      .then((places) => {
        known.ready = places;
      })
      .catch(() => {})
      .finally(() => {
        if (known.ready === null && this.#known.get(table) === known) this.#known.delete(table);
        const ended = performance.now();
        this.#notBefore.set(table, ended + (ended - started) * (1 / SHARE - 1));
      });
    return known;
  }

  /** Null where the table has changed in the meantime. */
  async #places(table: string, version: string): Promise<RowPlaces | null> {
    const places = new RowPlaces(await this.#store.count(table));
    for await (const batch of this.#store.batches(table, { columns: [], rowIds: true })) {
      const ids = batch.getChild('id');
      const rowIds = batch.getChild('_rowid');
      for (let row = 0; row < batch.numRows; row++) places.add(String(ids?.get(row)), BigInt(rowIds?.get(row)));
      await nextTurn();
    }
    return (await this.#store.version(table)) === version ? places : null;
  }
}
