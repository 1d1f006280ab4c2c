import type { EmbeddingTable } from './embedding-table.ts';
import type { GoneItems } from './gone-items.ts';
import { KeySet } from './key-set.ts';
import type { TableStore } from './table-store.ts';
import type { Views } from './views.ts';
import { pictures, viewsOf } from './views-for-table.ts';

/** How the rows of an embedding table stand to the pictures of its dataset. */
export interface EmbeddingCoverage {
  readonly rows: number;
  /** Views of the dataset's image tables; one of each item, where the table holds one vector an item. Those of items that were deleted do not count. */
  readonly views: number;
  /** Of those, how many have a vector. */
  readonly embedded: number;
  /** Rows beyond the first of a view. */
  readonly duplicates: number;
  /** Views with a vector that are no longer in the dataset, or whose item is not. */
  readonly orphans: number;
}

/** Counts coverage, and keeps each count while the tables that it was made from stay at their versions. */
export class EmbeddingCoverages {
  readonly #store: TableStore;
  readonly #views: Views;
  readonly #gone: GoneItems;
  readonly #known = new Map<string, { readonly versions: string; readonly coverage: Promise<EmbeddingCoverage> }>();

  constructor(store: TableStore, views: Views, gone: GoneItems) {
    this.#store = store;
    this.#views = views;
    this.#gone = gone;
  }

  async of(table: EmbeddingTable): Promise<EmbeddingCoverage> {
    const versions = await this.#versions(table);
    const known = this.#known.get(table.name);
    if (known?.versions === versions) return known.coverage;
    const coverage = this.#count(table);
    this.#known.set(table.name, { versions, coverage });
    coverage.catch(() => this.#known.delete(table.name));
    return coverage;
  }

  async #versions(table: EmbeddingTable): Promise<string> {
    const names = [table.name, table.layout.itemTable, ...(await this.#views.tables({ imagesOnly: true }))];
    const versions = await Promise.all(names.map((name) => this.#store.version(name)));
    return names.map((name, index) => `${name}@${versions[index]}`).join();
  }

  async #count(table: EmbeddingTable): Promise<EmbeddingCoverage> {
    let rows = 0;
    const keys = new KeySet();
    for await (const key of table.viewKeys()) {
      rows += 1;
      keys.add(key);
    }
    let views = 0;
    let embedded = 0;
    const gone = await this.#gone.ids();
    // Pixano may have a view twice.
    const found = new KeySet();
    for await (const view of viewsOf(table, pictures(this.#views), {
      views: this.#views,
      gone,
      replace: false,
    }).keys()) {
      views += 1;
      const key = table.layout.keyOf(view);
      if (!keys.has(key)) continue;
      embedded += 1;
      found.add(key);
    }
    return { rows, views, embedded, duplicates: rows - keys.size, orphans: keys.size - found.size };
  }
}
