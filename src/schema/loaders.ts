import DataLoader from 'dataloader';
import type { Dataset } from '../core/dataset.ts';
import type { Item } from '../core/items.ts';
import type { View, ViewKey } from '../core/view.ts';

/** Gathers the rows that a page of results asks for one by one into one query a dataset. */
export class Loaders {
  readonly #items = new Map<string, DataLoader<string, Item | null>>();
  readonly #views = new Map<string, DataLoader<ViewKey, View | null, string>>();
  readonly #viewsOfItems = new Map<string, DataLoader<string, readonly View[]>>();

  item(dataset: Dataset, id: string): Promise<Item | null> {
    return loaderFor(this.#items, dataset.path, () => new DataLoader((ids) => dataset.items.byIds(ids))).load(id);
  }

  view(dataset: Dataset, key: ViewKey): Promise<View | null> {
    const make = () =>
      new DataLoader((keys: readonly ViewKey[]) => dataset.views.byKeys(keys), {
        cacheKeyFn: ({ table, id }: ViewKey) => JSON.stringify([table, id]),
      });
    return loaderFor(this.#views, dataset.path, make).load(key);
  }

  /** All views of an item; those of one table, or logical view, where it is named. */
  viewsOfItem(dataset: Dataset, itemId: string, table: string | undefined): Promise<readonly View[]> {
    const make = () => new DataLoader((ids: readonly string[]) => dataset.views.ofItems(ids, { table }));
    return loaderFor(this.#viewsOfItems, JSON.stringify([dataset.path, table]), make).load(itemId);
  }
}

function loaderFor<Loader>(loaders: Map<string, Loader>, key: string, make: () => Loader): Loader {
  let loader = loaders.get(key);
  if (loader === undefined) {
    loader = make();
    loaders.set(key, loader);
  }
  return loader;
}
