import { LRUCache } from 'lru-cache';
import { abortable } from '../abortable.ts';
import type { Items } from '../items.ts';
import { KeySet } from '../key-set.ts';
import type { Layout } from '../layout.ts';
import type { TableStore } from '../table-store.ts';
import { compileFilter } from './compile-filter.ts';
import type { ItemFilter } from './item-filter.ts';

/** The items of a dataset that pass a filter, as the item table was when they were looked for. */
export interface MatchingItems {
  readonly count: number;
  /** Of all items. */
  readonly total: number;
  /** Their ids, in the order of the table; null where they are more than `most`. */
  few(most: number): Promise<readonly string[] | null>;
  has(itemId: string): boolean;
}

/** What is looked at of a dataset. */
export interface Filtered {
  readonly items: Items;
  readonly layout: Layout;
  readonly store: TableStore;
}

/** Filters of a dataset whose items are remembered, at 16 to 43 bytes an item. */
const KEPT = 4;

const kept = new WeakMap<TableStore, LRUCache<string, Promise<MatchingItems>>>();

/**
 * Looked for once for all who ask while the item table stays as it is, and remembered for the last few filters.
 * @throws ValidationError, or the signal's reason; what is looked for then is still remembered
 */
export async function matchingItems(
  dataset: Filtered,
  filter: ItemFilter,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<MatchingItems> {
  const { items, layout, store } = dataset;
  const where = compileFilter(filter, await items.columns());
  const known = kept.get(store) ?? new LRUCache({ max: KEPT });
  kept.set(store, known);
  const key = JSON.stringify([await store.version(layout.itemTable), where]);
  let found = known.get(key);
  if (found === undefined) {
    found = find(dataset, where);
    known.set(key, found);
    found.catch(() => known.delete(key));
  }
  return abortable(found, signal);
}

async function find({ layout: { itemTable }, store }: Filtered, where: string): Promise<MatchingItems> {
  const total = await store.count(itemTable);
  const ids = new KeySet();
  let count = 0;
  for await (const batch of store.batches(itemTable, { where, columns: [] })) {
    const read = batch.getChild('id');
    for (let row = 0; row < batch.numRows; row++) ids.add(String(read?.get(row)));
    count += batch.numRows;
  }
  return {
    count,
    total,
    has: (itemId) => ids.has(itemId),
    async few(most) {
      if (count > most) return null;
      const few = await Array.fromAsync(store.texts(itemTable, 'id', { where, limit: most + 1 }));
      return few.length > most ? null : few;
    },
  };
}
