import fc from 'fast-check';
import type { ItemFilter } from '../../../src/core/filter/item-filter.ts';
import type { ColumnType, Plain } from './random-column.ts';
import { texts } from './random-column.ts';

export interface RandomColumn {
  readonly name: string;
  readonly of: ColumnType;
  readonly values: readonly Plain[];
  /** Whether Lance has an index over the first rows of it. */
  readonly index: 'btree' | 'bitmap' | null;
}

/** A filter, and whether it lets a row pass as a person would say. */
export interface Judged {
  readonly filter: ItemFilter;
  passes(row: number): boolean;
}

/** At most as many levels deep as a filter may be. */
export function filtersOver(columns: readonly RandomColumn[], levels = 4): fc.Arbitrary<Judged> {
  const leaf = fc.constantFrom(...columns).chain(conditionOn);
  if (levels === 1) return leaf;
  const inner = filtersOver(columns, levels - 1);
  const several = fc.array(inner, { maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: inner.map((each) => ({ filter: { not: each.filter }, passes: (row: number) => !each.passes(row) })),
    },
    {
      weight: 1,
      arbitrary: several.map((parts) => ({
        filter: { all: parts.map((part) => part.filter) },
        passes: (row: number) => parts.every((part) => part.passes(row)),
      })),
    },
    {
      weight: 1,
      arbitrary: several.map((parts) => ({
        filter: { any: parts.map((part) => part.filter) },
        passes: (row: number) => parts.some((part) => part.passes(row)),
      })),
    },
  );
}

function conditionOn({ name, of, values }: RandomColumn): fc.Arbitrary<Judged> {
  const kept = of.kept ?? ((value: Plain) => value);
  const present = values.flatMap((value) => (kept(value) === null || value === null ? [] : [value]));
  const fresh = of.operands ?? of.values;
  const value = present.length === 0 ? fresh : fc.oneof(fc.constantFrom(...present), fresh);
  const written = value.chain((each) => fc.constantFrom(...of.json(each)).map((json) => ({ json, value: kept(each) })));
  const judged = (is: object, holds: (value: Exclude<Plain, null>) => boolean, ofMissing = false): Judged => ({
    filter: { column: { name, is } } as ItemFilter,
    passes(row) {
      const own = kept(values[row] ?? null);
      return own === null ? ofMissing : holds(own);
    },
  });
  const comparisons: Record<string, (order: number) => boolean> = {
    lt: (order) => order < 0,
    lte: (order) => order <= 0,
    gt: (order) => order > 0,
    gte: (order) => order >= 0,
  };
  return fc.oneof(
    written.map(({ json, value }) => judged({ eq: json }, (own) => of.compare(own, value) === 0)),
    written.map(({ json, value }) => judged({ ne: json }, (own) => of.compare(own, value) !== 0, true)),
    fc
      .array(written, { maxLength: 40 })
      .map((list) =>
        judged({ in: list.map(({ json }) => json) }, (own) => list.some(({ value }) => of.compare(own, value) === 0)),
      ),
    fc.boolean().map((isNull) => judged({ isNull }, () => !isNull, isNull)),
    ...(of.ordered
      ? Object.entries(comparisons).map(([operator, holds]) =>
          written.map(({ json, value }) => judged({ [operator]: json }, (own) => holds(of.compare(own, value)))),
        )
      : []),
    ...(present.every((each) => typeof each === 'string') && typeof of.json('')[0] === 'string' && of.values === texts
      ? [
          partOf(present).map((part) => judged({ contains: part }, (own) => String(own).includes(part))),
          partOf(present).map((part) => judged({ startsWith: part }, (own) => String(own).startsWith(part))),
        ]
      : []),
  );
}

/** Of one of the texts, or any text. */
function partOf(values: readonly Plain[]): fc.Arbitrary<string> {
  if (values.length === 0) return texts;
  const part = fc.tuple(fc.constantFrom(...values), fc.nat(4), fc.nat(4)).map(([value, from, length]) =>
    Array.from(String(value))
      .slice(from, from + length)
      .join(''),
  );
  return fc.oneof(part, texts);
}
