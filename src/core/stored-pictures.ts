import { batchRows, type Row, takeRows } from './row.ts';
import { sqlIn } from './sql.ts';
import type { TableStore } from './table-store.ts';
import type { View } from './view.ts';

/** The bytes of pictures that lie in the table of their views, as the records layout has them. */
export class StoredPictures {
  readonly #store: TableStore;
  /** Where a view's row was when the view was read: to find it by its id is to go through the table. */
  readonly #rowIds = new WeakMap<View, bigint>();

  constructor(store: TableStore) {
    this.#store = store;
  }

  /** @param row that the view was made of, read with its row id */
  remember(view: View, { values }: Row): void {
    const rowId = values._rowid;
    if (typeof rowId === 'number' || typeof rowId === 'string') this.#rowIds.set(view, BigInt(rowId));
  }

  /**
   * The bytes of as many of the views as have them, in one look at each table.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async read(views: readonly View[]): Promise<Map<View, Uint8Array>> {
    const found = new Map<View, Uint8Array>();
    for (const [table, ofTable] of Map.groupBy(views, (view) => view.table)) {
      const taken = await this.#take(table, ofTable);
      // Rows move when their table is compacted.
      const moved = ofTable.filter((view) => !taken.has(view.id));
      const looked = moved.length === 0 ? taken : new Map([...taken, ...(await this.#lookUp(table, moved))]);
      for (const view of ofTable) {
        const bytes = looked.get(view.id);
        if (bytes !== undefined) found.set(view, bytes);
      }
    }
    return found;
  }

  async #take(name: string, views: readonly View[]): Promise<Map<string, Uint8Array>> {
    const rowIds = views.flatMap((view) => this.#rowIds.get(view) ?? []);
    if (rowIds.length === 0) return new Map();
    const table = await this.#store.open(name);
    const taken = await takeRows(table, rowIds, { columns: ['raw_bytes'] }).catch(() => []);
    return bytesOf(taken.flatMap((batch) => [...batchRows(name, batch)]));
  }

  async #lookUp(name: string, views: readonly View[]): Promise<Map<string, Uint8Array>> {
    const ids = [...new Set(views.map(({ id }) => id))];
    const rows = await Array.fromAsync(this.#store.rows(name, { where: sqlIn('id', ids), columns: ['raw_bytes'] }));
    return bytesOf(rows);
  }
}

function bytesOf(rows: readonly Row[]): Map<string, Uint8Array> {
  return new Map(
    rows.flatMap(({ id, values: { raw_bytes: bytes } }): [string, Uint8Array][] =>
      bytes instanceof Uint8Array ? [[id, bytes]] : [],
    ),
  );
}
