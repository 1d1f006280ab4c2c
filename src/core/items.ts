import type { Call } from './call.ts';
import { type Column, columnOf } from './column.ts';
import { ValidationError } from './errors.ts';
import { compileFilter } from './filter/compile-filter.ts';
import type { ItemFilter } from './filter/item-filter.ts';
import type { Layout } from './layout.ts';
import { ItemOrder, type OrderBy, type Place } from './order/item-order.ts';
import { type OrderedPage, orderedPage } from './order/ordered-page.ts';
import { readPlace, writePlace } from './order/place-cursor.ts';
import type { Row, RowQuery, Value } from './row.ts';
import { shown } from './shown.ts';
import type { TableStore } from './table-store.ts';

/** One item of a dataset: a record, since Pixano 0.7. */
export interface Item {
  readonly id: string;
  /** The item's own columns, by name; times as ISO 8601. */
  readonly attributes: Readonly<Record<string, Value>>;
}

export interface ItemPage extends Call {
  readonly limit: number;
  readonly offset?: number;
  readonly filter?: ItemFilter | undefined;
}

/** The first or the last so many items in an order, of those that lie between two cursors. */
export interface OrderedItems extends Call {
  readonly orderBy: readonly OrderBy[];
  readonly size: number;
  readonly from: 'first' | 'last';
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly filter?: ItemFilter | undefined;
}

export interface OrderedItemPage extends Pick<OrderedPage, 'hasPrevious' | 'hasNext' | 'total'> {
  readonly edges: readonly { readonly item: Item; readonly cursor: string }[];
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
  async count(filter?: ItemFilter, call: Call = {}): Promise<number> {
    return this.#store.count(this.#layout.itemTable, await this.#where(filter), call);
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

  /**
   * In an order of their own, and by id where that says nothing; missing values come last. A cursor holds
   * its place whatever is added or taken away, and is good for the same order alone.
   * @throws ValidationError
   */
  async ordered({
    orderBy,
    filter,
    size,
    from,
    signal,
    timeoutMs,
    ...between
  }: OrderedItems): Promise<OrderedItemPage> {
    const order = ItemOrder.of(orderBy, await this.columns());
    const [after, before] = [placeAt('after', between.after, order), placeAt('before', between.before, order)];
    const rows = { where: await this.#where(filter), columns: order.columns, signal };
    const batches = this.#store.batches(this.#layout.itemTable, rows);
    const { places, ...page } = await orderedPage(batches, order, { size, from, after, before });
    const ids = places.map(({ id }) => id);
    const items = await this.byIds(ids, { signal, timeoutMs });
    const edges = places.flatMap((place, index) => {
      const item = items[index];
      return item ? [{ item, cursor: writePlace(order, place) }] : [];
    });
    return { ...page, edges };
  }

  /** One result an id, in the order of the ids; null for an item that is not there. */
  async byIds(ids: readonly string[], call: Call = {}): Promise<(Item | null)[]> {
    const columns = await this.#columnNames();
    const found = new Map<string, Item>();
    for await (const row of this.#store.rowsByIds(this.#layout.itemTable, ids, { ...call, columns }))
      found.set(row.id, this.#item(row));
    return ids.map((id) => found.get(id) ?? null);
  }

  async #where(filter: ItemFilter | undefined): Promise<string | undefined> {
    return filter === undefined ? undefined : compileFilter(filter, await this.columns());
  }

  async #read(query: RowQuery): Promise<Item[]> {
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

function placeAt(argument: string, cursor: string | undefined, order: ItemOrder): Place | null {
  if (cursor === undefined) return null;
  const place = readPlace(order, cursor);
  if (place === null)
    throw ValidationError.at(argument, `"${shown(cursor)}" is not a cursor of the items in this order.`);
  return place;
}
