import type { EmbeddingTable } from '../embedding-table.ts';
import { ValidationError } from '../errors.ts';
import type { Item } from '../items.ts';
import type { View } from '../view.ts';
import { checkPage } from '../views.ts';
import { checkDepth, cursorAt, positionOf, searchDigest } from './cursor.ts';
import { planOf, type SearchExplain } from './explain.ts';
import type { Present } from './presence.ts';
import { queryKey, type SearchQuery } from './query.ts';
import { embedQuery, type Queryable } from './query-vector.ts';
import { type RankedPage, searchVectors } from './vector-search.ts';

export interface SearchInput {
  /** The dataset's only embedding table where it is left out. */
  readonly table?: string | undefined;
  readonly query: SearchQuery;
  readonly limit: number;
  /** Hits to leave out before the page; not together with `after`. */
  readonly offset?: number | undefined;
  /** The cursor of the hit behind which to begin. */
  readonly after?: string | undefined;
  /** ITEM, which is the default: each item once, at its nearest view. */
  readonly groupBy?: 'ITEM' | 'VIEW' | undefined;
  readonly maxDistance?: number | undefined;
  /** Exact search even where the table has an index that may be used. */
  readonly exact?: boolean | undefined;
}

/** An item, or a view of it, and how near it is to the query. */
export interface SearchHit {
  readonly item: Item;
  /** The view that is nearest. */
  readonly view: View;
  /** As Pixano gives it for this table: squared L2, or 1 - cos for 0.8's own table. */
  readonly distance: number;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
  /** Give it as `after`, with the same search, to go on behind this hit. */
  readonly cursor: string;
}

export interface SearchAnswer {
  readonly table: EmbeddingTable;
  readonly hits: readonly SearchHit[];
  readonly hasMore: boolean;
  readonly explain: SearchExplain;
}

/** What a search needs of a dataset. */
export interface Searchable extends Queryable, Present {
  embeddingTable(name: string): Promise<EmbeddingTable>;
}

/** @throws ValidationError, NotFoundError, PluginError, DatasetUnreadableError, or the signal's reason */
export async function search(
  dataset: Searchable,
  input: SearchInput,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SearchAnswer> {
  const { query, limit, offset = 0, groupBy = 'ITEM', maxDistance = Number.POSITIVE_INFINITY } = input;
  checkPage({ limit, offset });
  const table = input.table === undefined ? await onlyTable(dataset) : await dataset.embeddingTable(input.table);
  const digest = searchDigest([table.name, queryKey(query), groupBy]);
  const after = input.after === undefined ? offset : positionOf(input.after, digest);
  checkDepth(after, limit, input.after === undefined ? 'offset' : 'after');
  const started = performance.now();
  const { view, ...embedded } = await embedQuery(query, { dataset, table, signal });
  const embedMs = performance.now() - started;
  const without = view === null || groupBy === 'VIEW' ? view : { itemId: view.itemId };
  const page = await searchVectors(
    table,
    { ...embedded, groupBy, limit, after, maxDistance, items: null, without, indexFor: async () => null },
    dataset,
    { signal },
  );
  const fetching = performance.now();
  const first = typeof after === 'number' ? after + 1 : after.rank + 1;
  const found = await withItems(page, dataset);
  const hits = found.map(({ key, ...hit }, index) => {
    return { ...hit, cursor: cursorAt({ key, distance: hit.distance, rank: first + index }, digest) };
  });
  const { index, searchMs } = page.found;
  const rows = await table.rowCount();
  const fetchMs = page.found.fetchMs + performance.now() - fetching;
  const plan = planOf(page.found, rows, null);
  const explain = { exact: index === null, index, candidates: rows, plan, embedMs, searchMs, fetchMs };
  return { table, hits, hasMore: page.hasMore, explain };
}

async function withItems({ hits }: RankedPage, { items, views }: Searchable) {
  const [foundItems, foundViews] = await Promise.all([
    items.byIds(hits.map(({ itemId }) => itemId)),
    views.byKeys(hits.map(({ view }) => view)),
  ]);
  return hits.flatMap(({ key, distance, similarity }, index) => {
    const [item, view] = [foundItems[index], foundViews[index]];
    // What was deleted a moment ago.
    return item && view ? [{ key, item, view, distance, similarity }] : [];
  });
}

async function onlyTable(dataset: Searchable): Promise<EmbeddingTable> {
  const tables = await dataset.embeddingTables();
  const [table] = tables;
  if (table !== undefined && tables.length === 1) return table;
  const message =
    table === undefined
      ? `The dataset "${dataset.name}" has no embedding table yet: make one and compute it first.`
      : `The dataset "${dataset.name}" has several embedding tables (${tables.map((each) => each.name).join(', ')}): name one.`;
  throw ValidationError.at('table', message);
}
