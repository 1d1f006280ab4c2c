import type { SearchHit } from '../core/search/search.ts';
import { textTable } from './text-table.ts';

/** Characters of an attribute that a terminal has room for. */
const WIDEST = 48;

/** Hits as a table for people, one a line with its attributes. */
export function hitsTable(hits: readonly SearchHit[], firstRank: number): string {
  if (hits.length === 0) return 'Nothing was found.\n';
  const columns = [...new Set(hits.flatMap(({ item }) => Object.keys(item.attributes)))];
  const rows = hits.map(({ item, distance }, index) => [
    firstRank + index,
    distance.toFixed(4),
    item.id,
    ...columns.map((column) => brief(item.attributes[column] ?? '')),
  ]);
  return textTable(['', 'distance', 'item', ...columns], rows);
}

/** A value as a cell of a table. */
function brief(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length <= WIDEST ? text : `${text.slice(0, WIDEST - 1)}…`;
}
