import type { Items } from '../items.ts';
import type { Layout } from '../layout.ts';
import type { RowPlaces } from '../row-places.ts';
import type { TableStore } from '../table-store.ts';
import type { Views } from '../views.ts';
import type { Candidate } from './candidate.ts';

/** What says whether the items and the views of a dataset's vectors are there. */
export interface Present {
  readonly items: Items;
  readonly views: Views;
  readonly store: TableStore;
  readonly layout: Layout;
}

/** Those whose view and item are there, in their order, each with its item. */
export type Presence = (candidates: readonly Candidate[]) => Promise<Candidate[]>;

/** Candidates that are looked up; for more it is quicker to read where all rows are. */
const FEW = 256;

/**
 * Pixano deletes items and views and leaves their vectors, which are no hits. Once it is known where the
 * rows of the tables are, to ask costs nothing; until then, a look-up.
 * @param expected how many candidates will be asked about
 */
export async function presenceIn(dataset: Present, expected: number): Promise<Presence> {
  const { store, layout, views } = dataset;
  const tables = await views.tables({ imagesOnly: true });
  const places = await Promise.all(
    [layout.itemTable, ...tables].map((name) =>
      expected > FEW ? store.places.whenRead(name) : store.places.now(name),
    ),
  );
  const known = places.filter((each) => each !== null);
  const [items, ...ofViews] = known;
  if (items === undefined || known.length < places.length) return (candidates) => lookedUp(dataset, candidates);
  const byTable = new Map(ofViews.map((each, index): [string, RowPlaces] => [tables[index] ?? '', each]));
  return async (candidates) => {
    if (candidates.some(({ itemId, view }) => itemId === '' || !(view.table === null || byTable.has(view.table)))) {
      return lookedUp(dataset, candidates);
    }
    return candidates.filter(({ itemId, view }) => {
      if (!items.has(itemId)) return false;
      return view.table === null ? ofViews.some((each) => each.has(view.id)) : byTable.get(view.table)?.has(view.id);
    });
  };
}

async function lookedUp({ items, views }: Present, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const present: Candidate[] = [];
  for (let start = 0; start < candidates.length; start += FEW) {
    const chunk = candidates.slice(start, start + FEW);
    const foundViews = await views.byKeys(chunk.map(({ view }) => view));
    // A row that names no item is its view's.
    const ids = chunk.map(({ itemId }, index) => itemId || (foundViews[index]?.itemId ?? ''));
    const foundItems = await items.byIds(ids);
    for (const [index, candidate] of chunk.entries()) {
      const itemId = foundItems[index]?.id;
      if (foundViews[index] && itemId !== undefined) present.push({ ...candidate, itemId });
    }
  }
  return present;
}
