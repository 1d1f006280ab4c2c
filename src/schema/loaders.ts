import DataLoader from 'dataloader';
import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingRow, EmbeddingTable } from '../core/embedding-table.ts';
import type { Item } from '../core/items.ts';
import type { EmbeddingReference } from '../core/layout.ts';
import type { Library } from '../core/library.ts';
import type { View, ViewKey } from '../core/view.ts';

type ViewReference = EmbeddingReference['view'];

/** Gathers the rows that a page of results asks for one by one into one query a table. */
export class Loaders {
  readonly #datasets = new Map<string, Promise<Dataset | null>>();
  readonly #items = new Map<string, DataLoader<string, Item | null>>();
  readonly #views = new Map<string, DataLoader<ViewReference, View | null, string>>();
  readonly #viewsOfItems = new Map<string, DataLoader<string, readonly View[]>>();
  readonly #embeddingTables = new Map<string, Promise<readonly EmbeddingTable[]>>();
  readonly #embeddingsOfItems = new Map<string, DataLoader<string, readonly EmbeddingRow[]>>();
  readonly #embeddingsOfViews = new Map<string, DataLoader<ViewKey, readonly EmbeddingRow[], string>>();
  readonly #vectors = new Map<string, DataLoader<string, Float32Array>>();

  /** Looked up once, so that what is asked of it by many nodes is asked in one turn. */
  dataset(library: Library, folder: string): Promise<Dataset | null> {
    return madeOnce(this.#datasets, folder, () => library.find({ folder }));
  }

  item(dataset: Dataset, id: string): Promise<Item | null> {
    return madeOnce(this.#items, dataset.path, () => new DataLoader((ids) => dataset.items.byIds(ids))).load(id);
  }

  view(dataset: Dataset, key: ViewReference): Promise<View | null> {
    const make = () =>
      new DataLoader((keys: readonly ViewReference[]) => dataset.views.byKeys(keys), { cacheKeyFn: keyOf });
    return madeOnce(this.#views, dataset.path, make).load(key);
  }

  /** All views of an item; those of one table, or logical view, where it is named. */
  viewsOfItem(dataset: Dataset, itemId: string, table: string | undefined): Promise<readonly View[]> {
    const make = () => new DataLoader((ids: readonly string[]) => dataset.views.ofItems(ids, { table }));
    return madeOnce(this.#viewsOfItems, JSON.stringify([dataset.path, table]), make).load(itemId);
  }

  embeddingTables(dataset: Dataset): Promise<readonly EmbeddingTable[]> {
    return madeOnce(this.#embeddingTables, dataset.path, () => dataset.embeddingTables());
  }

  embeddingsOfItem(dataset: Dataset, table: EmbeddingTable, itemId: string): Promise<readonly EmbeddingRow[]> {
    const make = () => new DataLoader((ids: readonly string[]) => table.rowsOfItems(ids));
    return madeOnce(this.#embeddingsOfItems, tableKey(dataset, table), make).load(itemId);
  }

  embeddingsOfView(dataset: Dataset, table: EmbeddingTable, view: ViewKey): Promise<readonly EmbeddingRow[]> {
    const make = () =>
      new DataLoader((keys: readonly ViewKey[]) => table.rowsOfViews(keys), {
        cacheKeyFn: keyOf,
      });
    return madeOnce(this.#embeddingsOfViews, tableKey(dataset, table), make).load(view);
  }

  /** A subscription is one operation of many events: what one asked for is not kept for the next. */
  forget(): void {
    this.#datasets.clear();
    this.#items.clear();
    this.#views.clear();
    this.#viewsOfItems.clear();
    this.#embeddingTables.clear();
    this.#embeddingsOfItems.clear();
    this.#embeddingsOfViews.clear();
    this.#vectors.clear();
  }

  vector(dataset: Dataset, table: EmbeddingTable, id: string): Promise<Float32Array> {
    const make = () => new DataLoader((ids: readonly string[]) => table.vectors(ids));
    return madeOnce(this.#vectors, tableKey(dataset, table), make).load(id);
  }
}

function keyOf({ table, id }: ViewReference): string {
  return JSON.stringify([table, id]);
}

function tableKey(dataset: Dataset, table: EmbeddingTable): string {
  return JSON.stringify([dataset.path, table.name]);
}

function madeOnce<Made>(known: Map<string, Made>, key: string, make: () => Made): Made {
  let made = known.get(key);
  if (made === undefined) {
    made = make();
    known.set(key, made);
  }
  return made;
}
