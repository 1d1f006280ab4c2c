import { LRUCache } from 'lru-cache';
import type { Dataset } from '../core/dataset.ts';
import { MediaError } from '../core/media.ts';
import type { View, ViewKey } from '../core/view.ts';

const MOST = 20_000;

/**
 * Views whose pictures were asked for lately. Each picture of a page is a request of its own, and to find a view by
 * its id is to go through its table; so what was found is kept while the table stays at its version.
 */
export class KnownViews {
  readonly #views = new LRUCache<string, View>({ max: MOST });

  /** @throws MediaError MEDIA_MISSING */
  async find(dataset: Dataset, { table, id }: ViewKey): Promise<View> {
    const version = await this.#version(dataset, table);
    const key = JSON.stringify([dataset.path, table, version, id]);
    const known = version === null ? undefined : this.#views.get(key);
    if (known !== undefined) return known;
    const [view] = version === null ? [] : await dataset.views.byKeys([{ table, id }]);
    if (!view) throw new MediaError('MEDIA_MISSING', `There is no view ${id} in the table ${table}.`);
    this.#views.set(key, view);
    return view;
  }

  /** Null where there is no such table of views. */
  async #version({ layout, store }: Dataset, table: string): Promise<string | null> {
    if (layout.groupOf(table) !== 'VIEW' || !(await store.has(table))) return null;
    return store.version(table);
  }
}
