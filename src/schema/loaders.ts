import DataLoader from 'dataloader';
import type { Call } from '../core/call.ts';
import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingRow, EmbeddingTable } from '../core/embedding-table.ts';
import type { Item } from '../core/items.ts';
import type { EmbeddingReference } from '../core/layout.ts';
import type { Library } from '../core/library.ts';
import type { View, ViewKey } from '../core/view.ts';

type ViewReference = EmbeddingReference['view'];

/** Rows that one query looks up: however large a page is, no statement is longer than this makes it. */
const maxBatchSize = 500;

/** Gathers the rows that a page of results asks for one by one into one query a table. */
export class Loaders {
  /** What was made for an object, by name. */
  #made = new WeakMap<object, Map<string, unknown>>();
  readonly #call: Call;

  constructor(call: Call = {}) {
    this.#call = call;
  }

  /** Looked up once, so that what is asked of it by many nodes is asked in one turn. */
  dataset(library: Library, folder: string): Promise<Dataset | null> {
    return this.once(library, folder, () => library.find({ folder }));
  }

  item(dataset: Dataset, id: string): Promise<Item | null> {
    return this.#items(dataset).load(id);
  }

  view(dataset: Dataset, key: ViewReference): Promise<View | null> {
    return this.#views(dataset).load(key);
  }

  /** Items that were read already, which what belongs to them may lead back to. */
  knowItems(dataset: Dataset, items: readonly Item[]): void {
    for (const item of items) this.#items(dataset).prime(item.id, item);
  }

  /** The same of views. */
  knowViews(dataset: Dataset, views: readonly View[]): void {
    for (const view of views) this.#views(dataset).prime(view, view);
  }

  /** All views of an item; those of one table, or logical view, where it is named. */
  viewsOfItem(dataset: Dataset, itemId: string, table: string | undefined): Promise<readonly View[]> {
    const ofItems = async (ids: readonly string[]) => {
      const views = await dataset.views.ofItems(ids, { ...this.#call, table });
      this.knowViews(dataset, views.flat());
      return views;
    };
    return this.#loader(dataset, `viewsOfItem ${table ?? ''}`, ofItems).load(itemId);
  }

  embeddingTables(dataset: Dataset): Promise<readonly EmbeddingTable[]> {
    return this.once(dataset, 'embeddingTables', () => dataset.embeddingTables());
  }

  /** Null where there is none of that name. */
  embeddingTable(dataset: Dataset, name: string): Promise<EmbeddingTable | null> {
    return this.once(dataset, `embeddingTable ${name}`, () => dataset.findEmbeddingTable(name));
  }

  embedding(dataset: Dataset, table: EmbeddingTable, id: string): Promise<EmbeddingRow | null> {
    return this.#loader(dataset, `embedding ${table.name}`, (ids: readonly string[]) =>
      table.rowsByIds(ids, this.#call),
    ).load(id);
  }

  embeddingsOfItem(dataset: Dataset, table: EmbeddingTable, itemId: string): Promise<readonly EmbeddingRow[]> {
    const ofItems = (ids: readonly string[]) => table.rowsOfItems(ids, this.#call);
    return this.#loader(dataset, `embeddingsOfItem ${table.name}`, ofItems).load(itemId);
  }

  embeddingsOfView(dataset: Dataset, table: EmbeddingTable, view: ViewKey): Promise<readonly EmbeddingRow[]> {
    const ofViews = (keys: readonly ViewKey[]) => table.rowsOfViews(keys, this.#call);
    return this.#loader(dataset, `embeddingsOfView ${table.name}`, ofViews, keyOf).load(view);
  }

  vector(dataset: Dataset, table: EmbeddingTable, id: string): Promise<Float32Array> {
    return this.#loader(dataset, `vector ${table.name}`, (ids: readonly string[]) =>
      table.vectors(ids, this.#call),
    ).load(id);
  }

  /** What is asked of an object by each node that leads to it, such as the count of a table's rows. */
  once<Made>(owner: object, name: string, make: () => Made): Made {
    const made = this.#made.get(owner) ?? new Map<string, unknown>();
    this.#made.set(owner, made);
    if (!made.has(name)) made.set(name, make());
    // Under one name of one object there is only what `make` gives.
    return made.get(name) as Made;
  }

  /** A subscription is one operation of many events: what one asked for is not kept for the next. */
  forget(): void {
    this.#made = new WeakMap();
  }

  #items(dataset: Dataset): DataLoader<string, Item | null> {
    return this.#loader(dataset, 'item', (ids: readonly string[]) => dataset.items.byIds(ids, this.#call));
  }

  #views(dataset: Dataset): DataLoader<ViewReference, View | null, string> {
    return this.#loader(
      dataset,
      'view',
      (keys: readonly ViewReference[]) => dataset.views.byKeys(keys, this.#call),
      keyOf,
    );
  }

  #loader<Key, Value, CacheKey = Key>(
    dataset: Dataset,
    name: string,
    load: (keys: readonly Key[]) => Promise<readonly Value[]>,
    cacheKeyFn?: (key: Key) => CacheKey,
  ): DataLoader<Key, Value, CacheKey> {
    const options = { maxBatchSize, ...(cacheKeyFn !== undefined && { cacheKeyFn }) };
    return this.once(dataset, name, () => new DataLoader<Key, Value, CacheKey>(load, options));
  }
}

function keyOf({ table, id }: ViewReference): string {
  return JSON.stringify([table, id]);
}
