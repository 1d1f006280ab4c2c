import { NotFoundError, ValidationError } from './errors.ts';
import type { Layout } from './layout.ts';
import type { View, ViewKey } from './view.ts';
import { checkPage, type Views } from './views.ts';

/** What to embed: the views of one table (or logical view), the first `limit` of them, or certain views. */
export type ViewSelection =
  | { readonly table?: string | undefined; readonly limit?: number | undefined }
  | readonly ViewKey[];

/** A selection that has been checked: every view in it is a picture of this dataset. */
export interface SelectedViews {
  readonly total: number;
  /** From the first view on, each time that it is called. */
  keys(): AsyncIterable<ViewKey>;
  /** In the same order; where it is asked which are wanted, each in its turn, only those. */
  stream(isWanted?: (key: ViewKey) => boolean): AsyncIterable<View>;
}

/** @throws ValidationError, NotFoundError where the selection holds what cannot be embedded or is not there */
export async function selectViews(views: Views, layout: Layout, selection: ViewSelection): Promise<SelectedViews> {
  if (isKeys(selection)) return selectKeys(views, selection);
  const { table, limit } = selection;
  checkPage({ limit });
  if (table !== undefined) {
    const source = layout.viewTable(table);
    if (source === null) throw new NotFoundError(`There is no table of views "${table}" in this dataset.`);
    if (!layout.isImageTable(source.table)) {
      throw ValidationError.at('views.table.name', `The views of "${table}" are not pictures.`);
    }
  }
  const filter = { table, imagesOnly: true };
  const count = await views.count(filter);
  const page = limit === undefined ? {} : { limit };
  return {
    total: Math.min(count, limit ?? count),
    keys: () => views.keys(filter, page),
    stream: (isWanted) => views.stream(filter, page, isWanted),
  };
}

async function selectKeys(views: Views, keys: readonly ViewKey[]): Promise<SelectedViews> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.table, key.id]), key])).values()];
  const selected: View[] = [];
  for (const [index, view] of (await views.byKeys(distinct)).entries()) {
    const key = distinct[index];
    if (view === null) throw new NotFoundError(`There is no view "${key?.id}" in the table "${key?.table}".`);
    if (!view.image)
      throw ValidationError.at('views.ids', `The view "${view.id}" of "${view.table}" is not a picture.`);
    selected.push(view);
  }
  return {
    total: selected.length,
    async *keys() {
      yield* selected;
    },
    async *stream(isWanted = () => true) {
      for (const view of selected) if (isWanted(view)) yield view;
    },
  };
}

export function isKeys(selection: ViewSelection): selection is readonly ViewKey[] {
  return Array.isArray(selection);
}
