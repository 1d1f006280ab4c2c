import type { EmbeddingTable } from './embedding-table.ts';
import type { View } from './view.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** Views in one order, from the first on each time that they are streamed. */
export interface ViewSource {
  stream(): AsyncIterable<View>;
}

/** Those views of a selection that a table is to hold vectors of: of no item that is gone, and of each item as many as it takes. */
export async function viewsForTable(
  table: EmbeddingTable,
  selected: SelectedViews,
  { views, gone, replace }: { readonly views: Views; readonly gone: ReadonlySet<string>; readonly replace: boolean },
): Promise<SelectedViews> {
  if (gone.size === 0 && !table.oneAnItem) return selected;
  const all = { stream: () => views.stream({ imagesOnly: true }) };
  async function* stream() {
    const wanted = table.oneAnItem ? oneViewAnItem(table, selected, { all, replace }) : selected.stream();
    for await (const view of wanted) if (!gone.has(view.itemId)) yield view;
  }
  let total = 0;
  for await (const _view of stream()) total += 1;
  return { total, stream };
}

/**
 * Of a table that holds one vector an item: one view of each item in `selected`. It is the one that
 * the item's vector is of, or the item's first, as Pixano 0.8 takes it. An item whose vector is of a
 * view that is not in `selected` is left out, unless its vector is to be replaced.
 *
 * @param all every picture of the dataset: a vector whose view is not among them any more counts for nothing
 */
export async function* oneViewAnItem(
  table: EmbeddingTable,
  selected: ViewSource,
  { all, replace }: { readonly all: ViewSource; readonly replace: boolean },
): AsyncGenerator<View> {
  const embedded = replace ? new Set<string>() : await embeddedViews(table);
  const done = embedded.size === 0 ? embedded : await itemsOf(all, embedded, table);
  for await (const view of selected.stream()) {
    if (!embedded.has(table.layout.keyOf(view))) {
      if (done.has(view.itemId)) continue;
      done.add(view.itemId);
    }
    yield view;
  }
}

async function embeddedViews(table: EmbeddingTable): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { view } of table.rows()) keys.add(table.layout.keyOf(view));
  return keys;
}

/** The items of those views that are still there. */
async function itemsOf(all: ViewSource, keys: ReadonlySet<string>, table: EmbeddingTable): Promise<Set<string>> {
  const items = new Set<string>();
  for await (const view of all.stream()) if (keys.has(table.layout.keyOf(view))) items.add(view.itemId);
  return items;
}
