import { type Column, columnOf } from './column.ts';
import { compileFilter } from './filter/compile-filter.ts';
import type { ItemFilter } from './filter/item-filter.ts';
import type { Layout } from './layout.ts';
import type { Row, RowQuery, Value } from './row.ts';
import { sqlIn } from './sql.ts';
import type { TableStore } from './table-store.ts';

/** One item of a dataset: a record, since Pixano 0.7. */
export interface Item {
  readonly id: string;
  /** The item's own columns, by name; times as ISO 8601. */
  readonly attributes: Readonly<Record<string, Value>>;
}

export interface ItemPage {
  readonly limit: number;
  readonly offset?: number;
  readonly filter?: ItemFilter | undefined;
}

/** The items of one dataset. */
export class Items {
  readonly #store: TableStore;
  readonly #layout: Layout;

  constructor(store: TableStore, layout: Layout) {
    this.#store = store;
    this.#layout = layout;
  }

  /** All of them, or those that pass a filter. @throws ValidationError */
  async count(filter?: ItemFilter): Promise<number> {
    return this.#store.count(this.#layout.itemTable, await this.#where(filter));
  }

  /** What can be asked of an item; columns of bytes are left out. */
  async columns(): Promise<Column[]> {
    const schema = await this.#store.schema(this.#layout.itemTable);
    return schema.fields.map(columnOf).filter((column) => !column.type.includes('binary'));
  }

  /** In the order of the table, those that pass a filter. @throws ValidationError */
  async list({ filter, ...page }: ItemPage): Promise<Item[]> {
    return this.#read({ ...page, where: await this.#where(filter) });
  }

  /** One result an id, in the order of the ids; null for an item that is not there. */
  async byIds(ids: readonly string[]): Promise<(Item | null)[]> {
    const items = await this.#read({ where: sqlIn('id', ids) });
    const found = new Map(items.map((item) => [item.id, item]));
    return ids.map((id) => found.get(id) ?? null);
  }

  async #where(filter: ItemFilter | undefined): Promise<string | undefined> {
    return filter === undefined ? undefined : compileFilter(filter, await this.columns());
  }

  async #read(query: RowQuery): Promise<Item[]> {
    const columns = (await this.columns()).map((column) => column.name);
    const items: Item[] = [];
    for await (const row of this.#store.rows(this.#layout.itemTable, { ...query, columns }))
      items.push(this.#item(row));
    return items;
  }

  #item(row: Row): Item {
    const own = Object.entries(row.values).filter(([name]) => !this.#layout.itemBookkeeping.includes(name));
    return { id: row.id, attributes: Object.fromEntries(own) };
  }
}
