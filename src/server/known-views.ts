import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import type { Dataset } from '../core/dataset.ts';
import { MediaError } from '../core/media.ts';
import type { View, ViewKey } from '../core/view.ts';

const MOST = 20_000;

/**
 * Views whose pictures were asked for lately. Each picture of a page is a request of its own, and to find a view by
 * its id is to go through its table; so what was found is kept while the table stays at its version, and those that
 * are asked for while others are looked up are looked up together.
 */
export class KnownViews {
  readonly #views = new LRUCache<string, View>({ max: MOST });
  readonly #lookups = new WeakMap<Dataset, DataLoader<ViewKey, View | null>>();

  /** @throws MediaError MEDIA_MISSING */
  async find(dataset: Dataset, { table, id }: ViewKey): Promise<View> {
    const version = await versionOf(dataset, table);
    const key = JSON.stringify([dataset.path, table, version, id]);
    const known = version === null ? undefined : this.#views.get(key);
    if (known !== undefined) return known;
    const view = version === null ? null : await this.#lookup(dataset).load({ table, id });
    if (view === null) throw new MediaError('MEDIA_MISSING', `There is no view ${id} in the table ${table}.`);
    this.#views.set(key, view);
    return view;
  }

  #lookup(dataset: Dataset): DataLoader<ViewKey, View | null> {
    const lookup = this.#lookups.get(dataset) ?? oneAfterTheOther((keys) => dataset.views.byKeys(keys));
    this.#lookups.set(dataset, lookup);
    return lookup;
  }
}

/** Makes one call at a time; keys that come meanwhile go into the next. */
function oneAfterTheOther<Key, Value>(
  call: (keys: readonly Key[]) => Promise<readonly Value[]>,
): DataLoader<Key, Value> {
  let underWay: Promise<unknown> = Promise.resolve();
  const load = (keys: readonly Key[]) => {
    const values = call(keys);
    underWay = values.catch(() => {});
    return values;
  };
  const batchScheduleFn = (begin: () => void) => void underWay.then(begin);
  return new DataLoader(load, { cache: false, maxBatchSize: 500, batchScheduleFn });
}

/** Null where there is no such table of views. */
async function versionOf({ layout, store }: Dataset, table: string): Promise<string | null> {
  if (layout.groupOf(table) !== 'VIEW' || !(await store.folder.has(table))) return null;
  return store.version(table);
}
