import type { Call } from '../call.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import { ValidationError } from '../errors.ts';
import type { ItemFilter } from '../filter/item-filter.ts';
import { matchingItems } from '../filter/matching-items.ts';
import type { VectorIndexes } from '../index/vector-indexes.ts';
import type { Item } from '../items.ts';
import type { View } from '../view.ts';
import { checkPage } from '../views.ts';
import type { Candidate } from './candidate.ts';
import { checkDepth, cursorAt, positionOf, searchDigest } from './cursor.ts';
import { explainOf, type SearchExplain } from './explain.ts';
import type { Present } from './presence.ts';
import { queryKey, type SearchQuery } from './query.ts';
import { embedQuery, type Queryable } from './query-vector.ts';
import { searchVectors } from './vector-search.ts';

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
  /** The items that may be hits. */
  readonly filter?: ItemFilter | undefined;
  /** Exact search even where the table has an index that may be used. */
  readonly exact?: boolean | undefined;
}

/** An item, or a view of it, and how near it is to the query. */
export interface KeyedHit extends Candidate {
  /** Give it as `after`, with the same search, to go on behind this hit. */
  readonly cursor: string;
}

/** The same, with what they are. */
export interface SearchHit extends Omit<KeyedHit, 'itemId'> {
  readonly item: Item;
  /** The view that is nearest. */
  readonly view: View;
}

export interface KeyedAnswer {
  readonly table: EmbeddingTable;
  readonly hits: readonly KeyedHit[];
  readonly hasMore: boolean;
  readonly explain: SearchExplain;
}

export interface SearchAnswer extends Omit<KeyedAnswer, 'hits'> {
  readonly hits: readonly SearchHit[];
}

/** What a search needs of a dataset. */
export interface Searchable extends Queryable, Present {
  readonly indexes: VectorIndexes;
  embeddingTable(name: string): Promise<EmbeddingTable>;
}

/** @throws ValidationError, NotFoundError, PluginError, DatasetUnreadableError, or the signal's reason */
export async function search(dataset: Searchable, input: SearchInput, call: Call = {}): Promise<SearchAnswer> {
  const { hits, explain, ...answer } = await searchKeys(dataset, input, call);
  const started = performance.now();
  const [items, views] = await Promise.all([
    dataset.items.byIds(
      hits.map(({ itemId }) => itemId),
      call,
    ),
    dataset.views.byKeys(
      hits.map(({ view }) => view),
      call,
    ),
  ]);
  const found = hits.flatMap(({ itemId: _, ...hit }, index) => {
    const [item, view] = [items[index], views[index]];
    // Not what was deleted a moment ago.
    return item && view ? [{ ...hit, item, view }] : [];
  });
  const fetchMs = explain.fetchMs + performance.now() - started;
  return { ...answer, hits: found, explain: { ...explain, fetchMs } };
}

/**
 * The ids of what `search` gives: to read the items and the views themselves is left to who needs them.
 * @throws ValidationError, NotFoundError, PluginError, DatasetUnreadableError, or the signal's reason
 */
export async function searchKeys(dataset: Searchable, input: SearchInput, call: Call = {}): Promise<KeyedAnswer> {
  const { signal } = call;
  const { query, limit, offset = 0, groupBy = 'ITEM', maxDistance = Number.POSITIVE_INFINITY, filter } = input;
  checkPage({ limit, offset });
  const table = input.table === undefined ? await onlyTable(dataset) : await dataset.embeddingTable(input.table);
  const digest = searchDigest([table.name, queryKey(query), groupBy, filter ?? null]);
  const after = input.after === undefined ? offset : positionOf(input.after, digest);
  checkDepth(after, limit, input.after === undefined ? 'offset' : 'after');
  // First, for it may be wrong, and a vector costs more.
  const items = filter === undefined ? null : await matchingItems(dataset, filter, { signal });
  const started = performance.now();
  const { view, ...embedded } = await embedQuery(query, { dataset, table, signal });
  const embedMs = performance.now() - started;
  if ('text' in query) dataset.indexes.noteText(table, query.text);
  const without = view && (groupBy === 'VIEW' ? table.layout.keyOf(view) : view.itemId);
  // What a filter lets pass may lie where an index, measured without it, does not look.
  const isExact = input.exact === true || items !== null;
  const indexFor = async (depth: number) => (isExact ? null : dataset.indexes.for(table, depth));
  const { hits, hasMore, rows, found } = await searchVectors(
    table,
    { ...embedded, groupBy, limit, after, maxDistance, items, without, indexFor },
    dataset,
    call,
  );
  const first = typeof after === 'number' ? after + 1 : after.rank + 1;
  const placed = hits.map(({ key, ...hit }, index) => {
    return { ...hit, cursor: cursorAt({ key, distance: hit.distance, rank: first + index }, digest) };
  });
  return { table, hits: placed, hasMore, explain: explainOf(found, { rows, items, embedMs }) };
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
