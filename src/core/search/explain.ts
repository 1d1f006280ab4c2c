import type { MatchingItems } from '../filter/matching-items.ts';
import { isIndexType, partitionsOf } from '../index/index-types.ts';
import type { IndexChoice } from '../index/vector-indexes.ts';
import type { Found } from './vector-search.ts';

/** How an answer was found. */
export interface SearchExplain {
  /** Every vector in question was compared. */
  readonly exact: boolean;
  /** The index that was used, and how it was asked; null where the search was exact. */
  readonly index: IndexChoice | null;
  /** Vectors compared with the query; about, where an index chose them. */
  readonly candidates: number;
  /** In words. */
  readonly plan: string;
  /** Milliseconds for the query's own vector, for the comparison, and for reading items and views. */
  readonly embedMs: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

interface Searched {
  /** Of the table. */
  readonly rows: number;
  /** Those that passed the filter, where there was one. */
  readonly items: MatchingItems | null;
  readonly embedMs: number;
}

export function explainOf(found: Found, { rows, items, embedMs }: Searched): SearchExplain {
  const { way, index, depth, searchMs, fetchMs } = found;
  const candidates = way === 'FEW' ? depth : index === null ? rows : probedRows(index, rows);
  const matching = items === null ? '' : ` ${items.count} of ${items.total} items match the filter.`;
  const plan = planOf(found, rows) + matching;
  return { exact: index === null, index, candidates, plan, embedMs, searchMs, fetchMs };
}

/** Of partitions that are of one size, which those of an index are about. */
function probedRows({ type, nprobes }: IndexChoice, rows: number): number {
  const partitions = isIndexType(type) ? partitionsOf(type, rows) : 1;
  return Math.min(rows, Math.ceil((rows * nprobes) / partitions));
}

function planOf({ way, index, depth }: Found, rows: number): string {
  if (way === 'FEW') return `Exact: the ${depth} vectors of the items that match were compared.`;
  if (way === 'WHOLE') return `Exact: all ${rows} vectors of the table were gone through.`;
  if (index === null) return `Exact: all ${rows} vectors were compared, and the nearest ${depth} looked at.`;
  const refined = index.refineFactor === undefined ? '' : `, refined by ${index.refineFactor}`;
  return `${index.type} with ${index.nprobes} probes${refined}: the nearest ${depth} of ${rows} vectors were looked at.`;
}
