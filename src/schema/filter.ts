import type { ItemFilter } from '../core/filter/item-filter.ts';
import { builder } from './builder.ts';

const ConditionInput = builder.inputType('Condition', {
  description:
    'What a value of a column is compared with: strings by code points, booleans, numbers (64-bit integers may come as ' +
    'strings), times and dates as ISO 8601, times with an offset where the column has a zone and without one where it ' +
    'has none. A missing value, and NaN counts as one, passes `ne` and `isNull: true` alone.',
  isOneOf: true,
  fields: (t) => ({
    eq: t.field({ type: 'JSON', description: 'It is the same.' }),
    ne: t.field({ type: 'JSON', description: 'It is another, or missing.' }),
    in: t.field({ type: ['JSON'], description: 'It is one of these, at most 1,000.' }),
    lt: t.field({ type: 'JSON', description: 'It is less, or earlier; not asked of booleans, like the next three.' }),
    lte: t.field({ type: 'JSON', description: 'It is less, or the same.' }),
    gt: t.field({ type: 'JSON', description: 'It is greater, or later.' }),
    gte: t.field({ type: 'JSON', description: 'It is greater, or the same.' }),
    contains: t.string({
      description: 'It is a string with this one in it; capitals count, and there are no wildcards.',
    }),
    startsWith: t.string({ description: 'It is a string that begins with this one.' }),
    isNull: t.boolean({ description: 'Whether it is missing.' }),
  }),
});

const ColumnFilterInput = builder.inputType('ColumnFilter', {
  description: 'What one column of the item table is to hold.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'One of `itemColumns`, exactly so.' }),
    is: t.field({ type: ConditionInput, required: true, description: 'The comparison.' }),
  }),
});

/** As Pothos has it, which knows no type that is one of several and holds itself. */
interface GivenFilter {
  readonly all?: readonly GivenFilter[] | null | undefined;
  readonly any?: readonly GivenFilter[] | null | undefined;
  readonly not?: GivenFilter | null | undefined;
  readonly column?: { readonly name: string; readonly is: object } | null | undefined;
}

export const FilterInput = builder.inputRef<GivenFilter>('Filter');

FilterInput.implement({
  description:
    'Which items: each passes or does not. At most 8 levels deep, with 500 conditions and 10,000 values in all `in`.',
  isOneOf: true,
  fields: (t) => ({
    all: t.field({
      type: [FilterInput],
      description: 'Every one of these lets it pass; with none, every item passes.',
    }),
    any: t.field({ type: [FilterInput], description: 'One of these lets it pass; with none, no item passes.' }),
    not: t.field({ type: FilterInput, description: 'This one does not let it pass.' }),
    column: t.field({ type: ColumnFilterInput, description: 'One of its columns holds what is asked of it.' }),
  }),
});

/** What a client gave, of which GraphQL has seen to it that it is one of the four, all the way down. */
export function itemFilterOf(given: GivenFilter | null | undefined): ItemFilter | undefined {
  return (given ?? undefined) as ItemFilter | undefined;
}
