/**
 * Which items of a dataset: each of them passes or does not, there is no third. An empty `all` lets
 * every item pass, an empty `any` none.
 */
export type ItemFilter =
  | { readonly all: readonly ItemFilter[] }
  | { readonly any: readonly ItemFilter[] }
  | { readonly not: ItemFilter }
  | { readonly column: ColumnFilter };

/** What one column of the item table is to hold. */
export interface ColumnFilter {
  readonly name: string;
  readonly is: Condition;
}

/**
 * One comparison, with a value of the column's type: 64-bit integers also as strings of digits, times
 * and dates as ISO 8601. A missing value, and NaN counts as one, passes `ne` and `isNull: true` alone.
 */
export type Condition =
  | { readonly eq: unknown }
  | { readonly ne: unknown }
  | { readonly in: readonly unknown[] }
  | { readonly lt: unknown }
  | { readonly lte: unknown }
  | { readonly gt: unknown }
  | { readonly gte: unknown }
  | { readonly contains: string }
  | { readonly startsWith: string }
  | { readonly isNull: boolean };
