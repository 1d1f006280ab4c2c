import type * as Arrow from 'apache-arrow';
import type { Column } from '../column.ts';
import { type InputIssue, ValidationError } from '../errors.ts';
import type { Scalar } from '../scalar.ts';
import { shown } from '../shown.ts';
import { compareTexts } from './compare-texts.ts';

/** One column to order by; missing values come last in either direction. */
export interface OrderBy {
  readonly column: string;
  readonly direction: 'ASC' | 'DESC';
}

/** A value as it is ordered: times in the column's unit, true after false; null where it is missing, as NaN is. */
export type Key = string | number | bigint | null;

/** Where an item stands in an order: its values in the order's columns, and its id, which decides between equals. */
export interface Place {
  /** The value in the order's column of that index. */
  key(index: number): Key;
  readonly id: string;
}

/** Mistakes that are told of at once; who makes more made one of them often. */
const MOST_ISSUES = 20;

/** How the items of a dataset are ordered. */
export class ItemOrder {
  readonly by: readonly OrderBy[];
  readonly scalars: readonly Scalar[];

  private constructor(by: readonly OrderBy[], scalars: readonly Scalar[]) {
    this.by = by;
    this.scalars = scalars;
  }

  /** @throws ValidationError where a column is not there, cannot be ordered by, or is named twice */
  static of(by: readonly OrderBy[], columns: readonly Column[]): ItemOrder {
    const issues: InputIssue[] = [];
    const scalars: Scalar[] = [];
    for (const [index, { column: name }] of by.entries()) {
      if (issues.length === MOST_ISSUES) break;
      const column = columns.find((each) => each.name === name);
      const wrong = whatIsWrong(name, column, columns, by.findIndex((each) => each.column === name) < index);
      if (wrong !== null) issues.push({ path: ['orderBy', String(index), 'column'], message: wrong });
      else if (column?.scalar) scalars.push(column.scalar);
    }
    if (issues.length > 0) throw new ValidationError(issues);
    return new ItemOrder(by, scalars);
  }

  get columns(): string[] {
    return this.by.map(({ column }) => column);
  }

  /** Negative where the first comes before the second. */
  compare(a: Place, b: Place): number {
    for (const [index, { direction }] of this.by.entries()) {
      const order = compareKeys(a.key(index), b.key(index), direction);
      if (order !== 0) return order;
    }
    return compareTexts(a.id, b.id);
  }

  /** The places of a batch's rows, which has `id` and the order's columns. */
  rowsOf(batch: Arrow.RecordBatch): RowPlace {
    const readers = this.by.map(({ column }, index) => keysOf(batch.getChild(column), this.scalars[index]));
    return new RowPlace(readers, batch.getChild('id'));
  }

  /** Of a place that is to outlast what it was read from. */
  copyOf(place: Place): Place {
    const keys = this.by.map((_, index) => place.key(index));
    return { key: (index) => keys[index] ?? null, id: place.id };
  }
}

/** The place of one row of a batch and then of another: most are told apart by their first value alone. */
class RowPlace implements Place {
  row = 0;
  readonly #readers: readonly ((row: number) => Key)[];
  readonly #ids: Arrow.Vector | null;

  constructor(readers: readonly ((row: number) => Key)[], ids: Arrow.Vector | null) {
    this.#readers = readers;
    this.#ids = ids;
  }

  key(index: number): Key {
    return this.#readers[index]?.(this.row) ?? null;
  }

  get id(): string {
    return String(this.#ids?.get(this.row));
  }
}

function whatIsWrong(
  name: string,
  column: Column | undefined,
  columns: readonly Column[],
  twice: boolean,
): string | null {
  const names = columns.filter(({ scalar }) => scalar !== null).map((each) => each.name);
  if (column === undefined) return `There is no column "${shown(name)}"; items can be ordered by: ${names.join(', ')}.`;
  if (column.scalar === null) return `Items cannot be ordered by the column "${name}" of type ${column.type}.`;
  return twice ? `The order names the column "${name}" twice.` : null;
}

function compareKeys(a: Key, b: Key, direction: OrderBy['direction']): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const order = typeof a === 'string' && typeof b === 'string' ? compareTexts(a, b) : Number(a > b) - Number(a < b);
  return direction === 'ASC' ? order : -order;
}

function keysOf(vector: Arrow.Vector | null, scalar: Scalar | undefined): (row: number) => Key {
  // As numbers, times finer than a millisecond would lose what they are finer by.
  const moments = scalar?.kind === 'time' ? vector?.data[0]?.values : undefined;
  return (row) => {
    const value = vector?.get(row) ?? null;
    if (value === null || Number.isNaN(value)) return null;
    if (moments !== undefined) return moments[row];
    return typeof value === 'boolean' ? Number(value) : value;
  };
}
