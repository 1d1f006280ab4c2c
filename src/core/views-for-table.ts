import type { EmbeddingTable } from './embedding-table.ts';
import { KeySet } from './key-set.ts';
import type { View, ViewKey } from './view.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** Views in one order, from the first on each time that they are asked for. */
export type ViewSource = Omit<SelectedViews, 'total'>;

/** What decides which views of a source a table takes. */
export interface TableViews {
  readonly views: Views;
  /** Items that were deleted: see `GoneItems`. */
  readonly gone: ReadonlySet<string>;
  /** Whether vectors that are there count for nothing. */
  readonly replace: boolean;
}

/** Every picture of a dataset. */
export function pictures(views: Views): ViewSource {
  const filter = { imagesOnly: true };
  return { keys: () => views.keys(filter), stream: (isWanted) => views.stream(filter, {}, isWanted) };
}

/** Those views of a selection that a table is to hold vectors of. */
export async function viewsForTable(
  table: EmbeddingTable,
  selected: SelectedViews,
  which: TableViews,
): Promise<SelectedViews> {
  const source = viewsOf(table, selected, which);
  if (source === selected) return selected;
  let total = 0;
  for await (const _key of source.keys()) total += 1;
  return { total, ...source };
}

/** Those of a source that are of no item that is gone, and of each item as many as the table holds vectors of. */
export function viewsOf(table: EmbeddingTable, source: ViewSource, which: TableViews): ViewSource {
  if (which.gone.size === 0 && !table.oneAnItem) return source;
  async function* stream(isWanted: (key: ViewKey) => boolean = () => true) {
    const taken = table.oneAnItem ? oneViewAnItem(table, source, which) : source.stream();
    for await (const view of taken) if (!which.gone.has(view.itemId) && isWanted(view)) yield view;
  }
  return { keys: () => stream(), stream };
}

/**
 * Of a table that holds one vector an item: one view of each item. It is the one that the item's
 * vector is of, or the item's first, as Pixano 0.8 takes it. An item whose vector is of a view that is
 * not in the source is left out, unless its vector is to be replaced.
 */
async function* oneViewAnItem(
  table: EmbeddingTable,
  source: ViewSource,
  { views, replace }: TableViews,
): AsyncGenerator<View> {
  const embedded = new KeySet();
  if (!replace) for await (const key of table.viewKeys()) embedded.add(key);
  const done = await itemsOf(pictures(views), embedded, table);
  for await (const view of source.stream()) {
    if (embedded.has(table.layout.keyOf(view)) || done.add(view.itemId)) yield view;
  }
}

/** The items of those views that are still there: a vector of one that is gone counts for nothing. */
async function itemsOf(all: ViewSource, embedded: KeySet, table: EmbeddingTable): Promise<KeySet> {
  const items = new KeySet();
  if (embedded.size === 0) return items;
  for await (const view of all.stream((key) => embedded.has(table.layout.keyOf(key)))) items.add(view.itemId);
  return items;
}
