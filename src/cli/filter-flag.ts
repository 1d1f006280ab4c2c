import type { Column } from '../core/column.ts';
import { ValidationError } from '../core/errors.ts';
import type { Condition, ItemFilter } from '../core/filter/item-filter.ts';

/** What each operator of `--filter`, which are Pixano's, asks of a column with a value as it was typed. */
const OPERATORS: Readonly<Record<string, (name: string, value: string, column: Column | undefined) => ItemFilter>> = {
  eq: (name, value, column) => on(name, { eq: typed(value, column) }),
  ne: (name, value, column) => on(name, { ne: typed(value, column) }),
  in: (name, value, column) => on(name, { in: listed(value).map((each) => typed(each, column)) }),
  nin: (name, value, column) => ({ not: on(name, { in: listed(value).map((each) => typed(each, column)) }) }),
  lt: (name, value, column) => on(name, { lt: typed(value, column) }),
  lte: (name, value, column) => on(name, { lte: typed(value, column) }),
  gt: (name, value, column) => on(name, { gt: typed(value, column) }),
  gte: (name, value, column) => on(name, { gte: typed(value, column) }),
  contains: (name, value) => on(name, { contains: value }),
};

/**
 * The items that every `COL:OP:VALUE` of `--filter` lets pass; undefined where there is none. Whether
 * a column is there and takes such a value is seen when the filter is used.
 * @param columns those of the item table, by whose types the values are read
 * @throws ValidationError where one is not of that form
 */
export function filterOf(flags: readonly string[], columns: readonly Column[]): ItemFilter | undefined {
  const filters = flags.map((flag) => parse(flag, columns));
  return filters.length === 0 ? undefined : { all: filters };
}

/** A column's name may have an operator in it, so the first that leaves the name of a column is meant. */
function parse(flag: string, columns: readonly Column[]): ItemFilter {
  const operators = Object.keys(OPERATORS);
  const splits = [...flag.matchAll(new RegExp(`:(?=(${operators.join('|')}):)`, 'g'))].map(
    ({ index, 1: operator = '' }) => {
      const name = flag.slice(0, index);
      const column = columns.find((each) => each.name === name);
      return { name, operator, column, value: flag.slice(index + operator.length + 2) };
    },
  );
  const split = splits.find(({ column }) => column !== undefined) ?? splits[0];
  const filter = split && OPERATORS[split.operator]?.(split.name, split.value, split.column);
  if (filter !== undefined && split?.name !== '') return filter;
  throw ValidationError.at(
    'filter',
    `"${flag}" is not of the form COL:OP:VALUE, with OP one of ${operators.join(', ')}.`,
  );
}

function on(name: string, is: Condition): ItemFilter {
  return { column: { name, is } };
}

/** Whatever is no value of the column's type stays a text, which the filter's own check then refuses. */
function typed(value: string, column: Column | undefined): unknown {
  const kind = column?.scalar?.kind;
  if (kind === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
  if (kind === 'float' && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value)) return Number(value);
  return value;
}

/** The parts between commas; `\,` is a comma in a part, and `\\` a backslash. */
function listed(value: string): string[] {
  const parts = [''];
  for (const [token] of value.matchAll(/\\[\\,]|./gs)) {
    if (token === ',') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${token.length === 2 ? token.slice(1) : token}`);
  }
  return parts;
}
