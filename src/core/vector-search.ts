import { setImmediate as nextTurn } from 'node:timers/promises';
import { cosineOf } from './cosine.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { Item, Items } from './items.ts';
import type { EmbeddingReference } from './layout.ts';
import { batchRows } from './row.ts';
import type { View } from './view.ts';
import type { Views } from './views.ts';

/** An item, or a view of it, and how near it is to the query. */
export interface SearchHit {
  readonly item: Item;
  /** The view that is nearest. */
  readonly view: View;
  /** As Pixano gives it for this table: squared L2, or 1 - cos for 0.8's own table. */
  readonly distance: number;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
}

export interface VectorSearch {
  readonly vector: Float32Array;
  /** Whether the query and the table's vectors all have length 1. */
  readonly normalized: boolean;
  /** ITEM: each item once, at its nearest view. */
  readonly groupBy: 'ITEM' | 'VIEW';
  readonly limit: number;
  readonly offset: number;
  /** Hits farther than this are left out. */
  readonly maxDistance?: number | undefined;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  readonly hasMore: boolean;
  /** Rows that were compared. */
  readonly candidates: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

/** Without its vector: a page that is deep in the answer has tens of thousands of them before it. */
interface Candidate extends EmbeddingReference {
  readonly distance: number;
  readonly similarity: number;
}

/** Rows that are read in one turn of the event loop. */
const ROWS_A_TURN = 250;

/** Candidates that are looked up at once. */
const CHUNK = 256;

/**
 * Exact search. Vectors whose item or view was deleted are no hits, and an item with many near
 * views takes one place: where the nearest rows do not fill the page, more rows are asked for.
 */
export async function searchVectors(
  table: EmbeddingTable,
  search: VectorSearch,
  { items, views }: { readonly items: Items; readonly views: Views },
): Promise<SearchPage> {
  const rowCount = await table.rowCount();
  const wanted = search.offset + search.limit + 1;
  let searchMs = 0;
  let fetchMs = 0;
  for (let depth = Math.min(rowCount, wanted * 2 + 16); ; depth = Math.min(rowCount, depth * 4)) {
    const started = performance.now();
    const candidates = depth === 0 ? [] : await nearest(table, search, depth);
    searchMs += performance.now() - started;
    const fetching = performance.now();
    const hits = await take(candidates, wanted, search, table, { items, views });
    fetchMs += performance.now() - fetching;
    const exhausted = depth >= rowCount || candidates.length < depth;
    if (hits.length >= wanted || exhausted) {
      const page = hits.slice(search.offset, search.offset + search.limit);
      return { hits: page, hasMore: hits.length >= wanted, candidates: rowCount, searchMs, fetchMs };
    }
  }
}

async function nearest(table: EmbeddingTable, search: VectorSearch, limit: number): Promise<Candidate[]> {
  const { space, layout } = table;
  const columns = [...layout.referenceColumns, '_distance', ...(search.normalized ? [] : [space.vectorColumn])];
  const query = (await table.lance())
    .vectorSearch(search.vector)
    .column(space.vectorColumn)
    .distanceType(space.distance)
    .bypassVectorIndex()
    .select(columns)
    .limit(limit);
  const batches = await Array.fromAsync(query).catch((cause) => {
    throw table.unreadable(cause);
  });
  const candidates: Candidate[] = [];
  for (const batch of batches) {
    for (let start = 0; start < batch.numRows; start += ROWS_A_TURN) {
      for (const row of batchRows(table.name, batch.slice(start, start + ROWS_A_TURN))) {
        const { _distance: distance, [space.vectorColumn]: vector } = row.values;
        if (typeof distance !== 'number' || distance > (search.maxDistance ?? Number.POSITIVE_INFINITY)) continue;
        const stored = vector instanceof Float32Array ? vector : null;
        const similarity = similarityOf(distance, stored, search, table);
        candidates.push({ ...layout.embeddingReference(row), distance, similarity });
      }
      await nextTurn();
    }
  }
  return candidates.sort((a, b) => a.distance - b.distance);
}

/** The first `wanted` hits among candidates in order of distance. */
async function take(
  candidates: readonly Candidate[],
  wanted: number,
  search: VectorSearch,
  table: EmbeddingTable,
  { items, views }: { readonly items: Items; readonly views: Views },
): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  const seen = new Set<string>();
  for (let start = 0; start < candidates.length && hits.length < wanted; start += CHUNK) {
    const chunk = candidates.slice(start, start + CHUNK);
    const foundViews = await views.byKeys(chunk.map((candidate) => candidate.view));
    const foundItems = await items.byIds(foundViews.map((view) => view?.itemId ?? ''));
    for (const [index, candidate] of chunk.entries()) {
      const view = foundViews[index];
      const item = foundItems[index];
      if (!view || !item) continue;
      const key = search.groupBy === 'ITEM' ? item.id : table.layout.keyOf(view);
      if (seen.has(key)) continue;
      seen.add(key);
      hits.push({ item, view, distance: candidate.distance, similarity: candidate.similarity });
      if (hits.length === wanted) break;
    }
  }
  return hits;
}

function similarityOf(
  distance: number,
  vector: Float32Array | null,
  search: VectorSearch,
  table: EmbeddingTable,
): number {
  const cosine = vector === null ? fromDistance(distance, table) : cosineOf(search.vector, vector);
  return Math.max(-1, Math.min(1, cosine));
}

/** For vectors of length 1, the squared distance is 2 - 2 cos. */
function fromDistance(distance: number, table: EmbeddingTable): number {
  return table.space.distance === 'l2' ? 1 - distance / 2 : 1 - distance;
}
