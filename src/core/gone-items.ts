import { KeySet } from './key-set.ts';
import type { Layout } from './layout.ts';
import type { TableStore } from './table-store.ts';
import type { Views } from './views.ts';

/**
 * The items that were deleted while pictures of theirs stayed, as Pixano leaves them: no search
 * gives them, and nothing of theirs is worth a vector. Kept while the tables stay at their versions.
 */
export class GoneItems {
  readonly #store: TableStore;
  readonly #layout: Layout;
  readonly #views: Views;
  #known: { readonly versions: string; readonly ids: Promise<ReadonlySet<string>> } | undefined;

  constructor(store: TableStore, layout: Layout, views: Views) {
    this.#store = store;
    this.#layout = layout;
    this.#views = views;
  }

  /** Their ids: seldom any. */
  async ids(): Promise<ReadonlySet<string>> {
    const tables = await this.#views.tables({ imagesOnly: true });
    const versions = await Promise.all([this.#layout.itemTable, ...tables].map((name) => this.#store.version(name)));
    if (this.#known?.versions !== versions.join()) {
      this.#known = { versions: versions.join(), ids: this.#find(tables) };
      this.#known.ids.catch(() => {
        this.#known = undefined;
      });
    }
    return this.#known.ids;
  }

  async #find(tables: readonly string[]): Promise<Set<string>> {
    const items = new KeySet();
    for await (const id of this.#store.texts(this.#layout.itemTable, 'id')) items.add(id);
    const gone = new Set<string>();
    for (const table of tables) {
      for await (const id of this.#store.texts(table, this.#layout.itemIdColumn)) if (!items.has(id)) gone.add(id);
    }
    return gone;
  }
}
