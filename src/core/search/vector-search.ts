import type { Call } from '../call.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { MatchingItems } from '../filter/matching-items.ts';
import type { IndexChoice } from '../index/vector-indexes.ts';
import { sqlIn } from '../sql.ts';
import type { Candidate, QueryVector } from './candidate.ts';
import { type Position, startOf } from './cursor.ts';
import { type NearestRows, nearestRows } from './nearest.ts';
import { type Present, presenceIn } from './presence.ts';
import { type Ranked, Ranking } from './ranking.ts';
import { everyNearRow } from './whole-table.ts';

export interface VectorSearch extends QueryVector {
  /** ITEM: each item once, at its nearest view. */
  readonly groupBy: 'ITEM' | 'VIEW';
  readonly limit: number;
  /** The hit behind which to begin, or how many to leave out. */
  readonly after: Position | number;
  /** Hits farther than this are left out. */
  readonly maxDistance: number;
  /** The items that may be hits; all where it is null. */
  readonly items: MatchingItems | null;
  /** The key of what is no hit, for it is what the search is for more of: an item's id, or the layout's key of a view. */
  readonly without: string | null;
  /** The index to use for so many rows; null where they must be found exactly. */
  readonly indexFor: (depth: number) => Promise<IndexChoice | null>;
}

export interface RankedPage {
  readonly hits: readonly Ranked[];
  readonly hasMore: boolean;
  /** Of the table. */
  readonly rows: number;
  readonly found: Found;
}

/** How the hits were found. */
export interface Found {
  /** FEW: among the vectors of few items. NEAREST: among the nearest rows. WHOLE: by going through the whole table. */
  readonly way: 'FEW' | 'NEAREST' | 'WHOLE';
  /** The one that was used; null where every vector in question was compared. */
  readonly index: IndexChoice | null;
  /** Rows that came back from Lance, or were gone through. */
  readonly depth: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

/** Items that a predicate names: their vectors are then found at once. */
const FEW = 1_000;

/** Rows that are asked for of few items: all of them, where they have not many views. */
const ROWS_OF_FEW = 4_096;

/** Rows beyond those of a page: one to tell whether there are more, two where the last ones lie at one distance. */
const SPARE = 3;

/** How many times as deep the next look goes. */
const DEEPER = 8;

interface Context {
  readonly table: EmbeddingTable;
  readonly search: VectorSearch;
  readonly dataset: Present;
  readonly call: Call;
}

/** What one look into the table gave. */
interface Look {
  readonly ranked: readonly Ranked[];
  /** Whether a deeper look would give no more. */
  readonly complete: boolean;
  readonly rows: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

/**
 * The hits of one page. Where few items match, a predicate names them. Else the nearest rows are asked
 * for, by an index where one may be used, and more of them where too few are hits; where they become too
 * many, the whole table is gone through once, so that every search comes to its end.
 * @throws DatasetUnreadableError, or the signal's reason
 */
export async function searchVectors(
  table: EmbeddingTable,
  search: VectorSearch,
  dataset: Present,
  call: Call = {},
): Promise<RankedPage> {
  const { items, after, limit } = search;
  const context: Context = { table, search, dataset, call };
  const [rows, itemCount] = await Promise.all([table.rowCount(), dataset.items.count()]);
  const few = items === null ? null : await items.few(FEW);
  const where = few === null ? null : await whereItems(table, few, dataset);
  const needed = (typeof after === 'number' ? after : after.rank) + limit;
  // The rows that the page is made of; those beyond them tell whether there are more, and nothing rests on them.
  let reach = where === null ? rowsOfHits(needed, search, { rows, itemCount }) : ROWS_OF_FEW;
  let depth = Math.min(rows + 1, reach + SPARE);
  let most = needed + 1;
  let byIndex = where === null;
  let [searchMs, fetchMs] = [0, 0];
  for (;;) {
    const index = byIndex ? await search.indexFor(reach) : null;
    const whole = index === null && depth > deepest(rows);
    const look = whole ? await lookEverywhere(most, context) : await lookNear({ depth, where, index }, context);
    // Another program may have replaced it meanwhile by one of which nothing is known.
    if (index !== null && (await search.indexFor(reach)) !== index) continue;
    searchMs += look.searchMs;
    fetchMs += look.fetchMs;
    const start = startOf(look.ranked, after);
    const hasMore = look.ranked.length > start + limit;
    if (hasMore || look.complete) {
      const way = whole ? 'WHOLE' : where === null ? 'NEAREST' : 'FEW';
      const found = { way, index, depth: look.rows, searchMs, fetchMs } as const;
      return { hits: look.ranked.slice(start, start + limit), hasMore, rows, found };
    }
    // An index that gave less than it was asked for has no more to give.
    if (index !== null && look.rows < depth) byIndex = false;
    else if (whole) most *= DEEPER;
    else {
      reach = depth * DEEPER;
      depth = reach;
    }
  }
}

async function lookNear(
  { depth, where, index }: Pick<NearestRows, 'depth' | 'where' | 'index'>,
  context: Context,
): Promise<Look> {
  const { table, search, call } = context;
  const started = performance.now();
  const hitsAmong = hitsIn(context, depth);
  // Awaited below, and only if the search itself does not fail.
  hitsAmong.catch(() => {});
  const found = await nearestRows(table, search, { depth, where, index, maxDistance: search.maxDistance }, call);
  const searched = performance.now();
  const complete = found.beyond || (index === null && found.rows < depth);
  const hits = await hitsAmong;
  const ranking = new Ranking();
  for (const hit of await hits(complete ? found.candidates : beforeTheCut(found.candidates))) ranking.add(hit);
  const fetchMs = performance.now() - searched;
  return { ranked: ranking.ranked(), complete, rows: found.rows, searchMs: searched - started, fetchMs };
}

async function lookEverywhere(most: number, context: Context): Promise<Look> {
  const { table, search, call } = context;
  const started = performance.now();
  const ranking = new Ranking(most);
  const hits = await hitsIn(context, Number.POSITIVE_INFINITY);
  let rows = 0;
  for await (const candidates of everyNearRow(table, search, { ranking, maxDistance: search.maxDistance }, call)) {
    rows += candidates.length;
    for (const hit of await hits(candidates)) ranking.add(hit);
  }
  const searchMs = performance.now() - started;
  return { ranked: ranking.ranked(), complete: !ranking.full, rows, searchMs, fetchMs: 0 };
}

/** @param expected how many candidates there will be */
async function hitsIn({ table, search, dataset }: Context, expected: number) {
  const { items, without, groupBy } = search;
  const { layout } = table;
  const present = await presenceIn(dataset, expected);
  const keyOf = ({ itemId, view }: Candidate) => (groupBy === 'ITEM' ? itemId : layout.keyOf(view));
  const isWanted = (each: Candidate) => (items === null || items.has(each.itemId)) && keyOf(each) !== without;
  return async (candidates: readonly Candidate[]): Promise<Ranked[]> => {
    // What a row that names no item belongs to shows when its view is looked up.
    const there = await present(candidates.filter((each) => each.itemId === '' || isWanted(each)));
    return there.filter(isWanted).map((each) => ({ ...each, key: keyOf(each) }));
  };
}

/** Where some rows were cut off, those at the distance of the last one may not all be there. */
function beforeTheCut(candidates: readonly Candidate[]): Candidate[] {
  const last = candidates.reduce((farthest, { distance }) => Math.max(farthest, distance), Number.NEGATIVE_INFINITY);
  return candidates.filter(({ distance }) => distance < last);
}

/** Enough for most pages, by how many rows an item has and how many of them match. */
function rowsOfHits(
  hits: number,
  { items, groupBy }: VectorSearch,
  { rows, itemCount }: { readonly rows: number; readonly itemCount: number },
): number {
  const matching = items === null ? 1 : items.count / Math.max(1, items.total);
  const rowsOfOne = groupBy === 'ITEM' ? rows / Math.max(1, itemCount) : 1;
  const uneven = matching < 1 || rowsOfOne > 1 ? 1.1 : 1;
  return Math.ceil((hits * Math.max(1, rowsOfOne) * uneven) / Math.max(matching, 1 / Number.MAX_SAFE_INTEGER));
}

/** Rows in one answer of Lance's, which keeps their vectors in memory: for more it is quicker to go through the table. */
function deepest(rows: number): number {
  return Math.min(32_768, Math.max(4_096, rows / 16));
}

/** The rows of an embedding table that are of these items. */
async function whereItems(table: EmbeddingTable, ids: readonly string[], { views }: Present): Promise<string> {
  const { layout } = table;
  const [column = ''] = layout.itemIdColumn.split('.');
  if (table.referenceColumns.includes(column)) return sqlIn(layout.itemIdColumn, ids);
  return layout.whereViews((await views.ofItems(ids, {})).flat());
}
