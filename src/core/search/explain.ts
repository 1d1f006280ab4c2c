import type { IndexUse } from './index-use.ts';
import type { MatchingItems } from './matching-items.ts';
import type { Found } from './vector-search.ts';

/** How an answer was found. */
export interface SearchExplain {
  /** Every vector in question was compared. */
  readonly exact: boolean;
  /** The index that was used, and how it was asked; null where the search was exact. */
  readonly index: IndexUse | null;
  /** Vectors compared with the query. */
  readonly candidates: number;
  /** In words. */
  readonly plan: string;
  /** Milliseconds for the query's own vector, for the comparison, and for reading items and views. */
  readonly embedMs: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

/** @param rows of the table */
export function planOf({ way, index, depth }: Found, rows: number, items: MatchingItems | null): string {
  const matching = items === null ? '' : ` ${items.count} of ${items.total} items match the filter.`;
  if (way === 'FEW') return `Exact: the ${depth} vectors of the items that match were compared.${matching}`;
  if (way === 'WHOLE') return `Exact: the table was gone through once, and its ${rows} vectors compared.${matching}`;
  if (index === null) return `Exact: ${rows} vectors were compared, and the nearest ${depth} looked at.${matching}`;
  const refined = index.refineFactor === undefined ? '' : `, refined by ${index.refineFactor}`;
  return `${index.type} with ${index.nprobes} probes${refined}: the nearest ${depth} of ${rows} vectors were looked at.${matching}`;
}
