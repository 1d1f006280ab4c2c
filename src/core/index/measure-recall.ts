import type { Table } from '@lancedb/lancedb';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { MeasuredDepth } from './index-record.ts';
import { isFlat } from './index-types.ts';
import type { MeasuringQuery } from './measuring-queries.ts';
import { nearestDistances, type Probing, recallOf } from './recall-query.ts';

/** How many rows searches ask for: a page, a page of items with many views, a page deep in the answer. */
const DEPTHS = [10, 100, 1000];
/** A search for a larger share of the rows is no faster by an index. */
const LARGEST_SHARE = 1 / 20;

/** Where the index holds something shorter than the vectors: how many times the rows are compared by their own. */
const REFINE_FACTORS = [4, 16, 64];
/** A larger share of the partitions, or of the rows to refine, is no faster than to compare all rows. */
const MOST = 1 / 4;
/** Probes that may be tried in any case. */
const FEW = 32;
/** Where twice the probes find no larger share in addition, what is missing was lost in the index. */
const PLATEAU = 0.002;
/** Standard errors by which the mean must be above the promise: that of 200 queries may be luck. */
const MARGIN = 2;

/** Queries after which those that are far below the promise are asked no more. */
const HOPELESS_AFTER = 40;

/** Share of the work that the comparison with all rows is. */
const EXACT_SHARE = 0.7;

export interface RecallMeasurement {
  /** With the probes that hold the promise, or the best that there was. */
  readonly recallAt10: number;
  /** Those at which the promise is held, from the smallest on. */
  readonly depths: readonly MeasuredDepth[];
}

export interface MeasuringOptions {
  readonly queries: readonly MeasuringQuery[];
  readonly type: string;
  readonly rows: number;
  readonly minRecall: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds for each depth the fewest probes with which the index holds its promise. Those of a larger depth are never
 * fewer, so they hold it at every depth below as well.
 * @param snapshot the table, at one version
 * @yields the share of the work that is done, from 0 to 1
 */
export async function* measureRecall(
  table: EmbeddingTable,
  snapshot: Table,
  { queries, type, rows, minRecall, signal }: MeasuringOptions,
): AsyncGenerator<number, RecallMeasurement> {
  const wanted = DEPTHS.filter((depth, index) => index === 0 || depth <= rows * LARGEST_SHARE);
  const exact: number[][] = [];
  for (const query of queries) {
    signal?.throwIfAborted();
    exact.push(await nearestDistances(table, snapshot, query, Math.max(...wanted), null));
    yield (exact.length / queries.length) * EXACT_SHARE;
  }
  const depths: MeasuredDepth[] = [];
  let best = 0;
  for (const [level, depth] of wanted.entries()) {
    const recallsWith = async (probing: Probing) => {
      const recalls: number[] = [];
      for (const [index, query] of queries.entries()) {
        signal?.throwIfAborted();
        const found = await nearestDistances(table, snapshot, query, depth, probing);
        recalls.push(recallOf((exact[index] ?? []).slice(0, depth), found));
        if (recalls.length === HOPELESS_AFTER && mean(recalls) + 2 * MARGIN * standardError(recalls) < minRecall) break;
      }
      if (level === 0) best = Math.max(best, mean(recalls));
      return recalls;
    };
    const least = await leastProbing(recallsWith, { least: depths.at(-1), type, rows, depth, minRecall });
    if (least === null) break;
    depths.push({ depth, ...least });
    yield EXACT_SHARE + ((1 - EXACT_SHARE) * depths.length) / wanted.length;
  }
  return { recallAt10: depths[0]?.recall ?? best, depths };
}

/** The first probing, from the cheapest on, that holds the promise; null where none does. */
async function leastProbing(
  recallsWith: (probing: Probing) => Promise<number[]>,
  { least, type, rows, depth, minRecall }: { least: Probing | undefined; minRecall: number } & Reach,
): Promise<(Probing & { readonly recall: number }) | null> {
  for (const refineFactor of refineFactors({ type, rows, depth })) {
    if ((refineFactor ?? 0) < (least?.refineFactor ?? 0)) continue;
    let before = 0;
    for (const nprobes of probes(rows)) {
      if (nprobes < (least?.nprobes ?? 1)) continue;
      const recalls = await recallsWith({ nprobes, refineFactor });
      const recall = mean(recalls);
      if (recall - MARGIN * standardError(recalls) >= minRecall) return { nprobes, refineFactor, recall };
      if (refineFactor !== null && recall - before < PLATEAU) break;
      before = recall;
    }
  }
  return null;
}

interface Reach {
  readonly type: string;
  readonly rows: number;
  readonly depth: number;
}

function refineFactors({ type, rows, depth }: Reach): (number | null)[] {
  return isFlat(type) ? [null] : REFINE_FACTORS.filter((factor) => factor * depth <= rows * MOST);
}

/** Each about half as many more as the one before: 1, 2, 3, 4, 6, 8, 12, 16 and so on. */
function* probes(rows: number): Generator<number> {
  const most = Math.max(FEW, Math.sqrt(rows) * MOST);
  yield 1;
  for (let nprobes = 2; nprobes <= most; nprobes *= 2) {
    yield nprobes;
    yield nprobes * 1.5;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / values.length);
}
