import { type Column, columnOf } from './column.ts';
import type { Layout } from './layout.ts';
import type { Row, Value } from './row.ts';
import type { TableStore } from './table-store.ts';

/** One item of a dataset: a record, since Pixano 0.7. */
export interface Item {
  readonly id: string;
  /** The item's own columns, by name; times as ISO 8601. */
  readonly attributes: Readonly<Record<string, Value>>;
}

/** The items of one dataset. */
export class Items {
  readonly #store: TableStore;
  readonly #layout: Layout;

  constructor(store: TableStore, layout: Layout) {
    this.#store = store;
    this.#layout = layout;
  }

  async count(): Promise<number> {
    return this.#store.count(this.#layout.itemTable);
  }

  /** What can be asked of an item; columns of bytes are left out. */
  async columns(): Promise<Column[]> {
    const schema = await this.#store.schema(this.#layout.itemTable);
    return schema.fields.map(columnOf).filter((column) => !column.type.includes('binary'));
  }

  /** In the order of the table. */
  async list(page: { readonly limit: number; readonly offset?: number }): Promise<Item[]> {
    return this.#read(page);
  }

  /** One result an id, in the order of the ids; null for an item that is not there. */
  async byIds(ids: readonly string[]): Promise<(Item | null)[]> {
    const columns = await this.#columnNames();
    const found = new Map<string, Item>();
    for await (const row of this.#store.rowsByIds(this.#layout.itemTable, ids, { columns }))
      found.set(row.id, this.#item(row));
    return ids.map((id) => found.get(id) ?? null);
  }

  async #read(query: { where?: string; limit?: number; offset?: number }): Promise<Item[]> {
    const columns = await this.#columnNames();
    const items: Item[] = [];
    for await (const row of this.#store.rows(this.#layout.itemTable, { ...query, columns }))
      items.push(this.#item(row));
    return items;
  }

  async #columnNames(): Promise<string[]> {
    return (await this.columns()).map((column) => column.name);
  }

  #item(row: Row): Item {
    const own = Object.entries(row.values).filter(([name]) => !this.#layout.itemBookkeeping.includes(name));
    return { id: row.id, attributes: Object.fromEntries(own) };
  }
}
