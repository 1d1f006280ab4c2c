import type { Column } from '../column.ts';
import { type InputIssue, ValidationError } from '../errors.ts';
import type { Scalar } from '../scalar.ts';
import { shown } from '../shown.ts';
import { sqlColumn } from '../sql.ts';
import type { ItemFilter } from './item-filter.ts';
import { literalOf, wanted } from './literal.ts';

/** What one filter may hold: within it the predicate costs milliseconds; far beyond, Lance runs out of stack and ends the process. */
const LIMITS = { levels: 8, conditions: 500, valuesOfIn: 1000, values: 10_000 };

/** Mistakes that are told of at once; who makes more made one of them often. */
const MOST_ISSUES = 20;

const COMPARISONS: Readonly<Record<string, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };
const SEARCHES: Readonly<Record<string, string>> = { contains: 'contains', startsWith: 'starts_with' };
const OPERATORS = ['eq', 'ne', 'in', ...Object.keys(COMPARISONS), ...Object.keys(SEARCHES), 'isNull'];

/**
 * A filter as a predicate over the item table that is true or false of each row, and never null.
 * @param path leads to the filter from the root of the input
 * @throws ValidationError that names all that is wrong with it, each at its place
 */
export function compileFilter(
  filter: ItemFilter,
  columns: readonly Column[],
  path: readonly string[] = ['filter'],
): string {
  const compiler = new FilterCompiler(columns);
  const predicate = compiler.filter(filter, path, 1);
  if (compiler.issues.length > 0) throw new ValidationError(compiler.issues);
  return predicate;
}

/** Goes on behind what is wrong, so that all of it is told at once. */
class FilterCompiler {
  readonly issues: InputIssue[] = [];
  readonly #columns: ReadonlyMap<string, Column>;
  #conditions = 0;
  #values = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = new Map(columns.map((column) => [column.name, column]));
  }

  filter(filter: unknown, path: readonly string[], level: number): string {
    if (level > LIMITS.levels) return this.#wrong(path, `A filter may be ${LIMITS.levels} levels deep, and no deeper.`);
    const [key, inner] = onlyEntry(filter) ?? [];
    const at = [...path, key ?? ''];
    if (key === 'not') return `NOT ${this.filter(inner, at, level + 1)}`;
    if (key === 'column') return this.#column(inner, at);
    if ((key === 'all' || key === 'any') && Array.isArray(inner)) {
      if (inner.length === 0) return this.#isOneMore(path) ? String(key === 'all') : 'false';
      const parts = inner.map((each, index) => this.filter(each, [...at, String(index)], level + 1));
      return `(${parts.join(key === 'all' ? ' AND ' : ' OR ')})`;
    }
    return this.#wrong(path, 'A filter is one of "all", "any", "not" and "column".');
  }

  #column(filter: unknown, path: readonly string[]): string {
    if (!this.#isOneMore(path)) return 'false';
    const { name, is } = isRecord(filter) ? filter : {};
    if (typeof name !== 'string') return this.#wrong([...path, 'name'], 'A condition names its column.');
    const column = this.#columns.get(name);
    if (column === undefined) {
      const names = [...this.#columns.values()].filter(({ scalar }) => scalar !== null).map((each) => each.name);
      return this.#wrong(
        [...path, 'name'],
        `There is no column "${shown(name)}"; filters may name: ${names.join(', ')}.`,
      );
    }
    const { scalar } = column;
    if (scalar === null) return this.#wrong([...path, 'name'], `No filter can compare ${nameOf(column)}.`);
    const [operator, operand] = onlyEntry(is) ?? [];
    const at = [...path, 'is'];
    if (operator === undefined || !OPERATORS.includes(operator)) {
      return this.#wrong(at, `A condition is one of ${OPERATORS.map((each) => `"${each}"`).join(', ')}.`);
    }
    return this.#condition(operator, operand, { ...column, scalar }, [...at, operator]);
  }

  /** Counts what becomes a term of the predicate, as an empty `all` or `any` does; false beyond the most there may be. */
  #isOneMore(path: readonly string[]): boolean {
    this.#conditions += 1;
    if (this.#conditions === LIMITS.conditions + 1) {
      this.#wrong(path, `A filter may have ${LIMITS.conditions} conditions, and no more.`);
    }
    return this.#conditions <= LIMITS.conditions;
  }

  #condition(operator: string, operand: unknown, column: Comparable, path: readonly string[]): string {
    const sql = sqlColumn(column.name);
    const present = column.scalar.kind === 'float' ? `${sql} IS NOT NULL AND NOT isnan(${sql})` : `${sql} IS NOT NULL`;
    if (operator === 'isNull') {
      if (typeof operand !== 'boolean') return this.#wrong(path, '"isNull" is true or false.');
      return operand ? `NOT (${present})` : `(${present})`;
    }
    if (operator === 'in') {
      const values = this.#valuesOf(operand, column, path);
      return values.length === 0 ? 'false' : `(${present} AND ${sql} IN (${values.join(', ')}))`;
    }
    const search = SEARCHES[operator];
    if (search !== undefined && column.scalar.kind !== 'text') {
      return this.#wrong(path, `"${operator}" is asked of strings alone, and not of ${nameOf(column)}.`);
    }
    const comparison = COMPARISONS[operator];
    if (comparison !== undefined && column.scalar.kind === 'bool') {
      return this.#wrong(path, `No value is less than another in ${nameOf(column)}: ask with "eq" or "ne".`);
    }
    const value = this.#literal(operand, column, path);
    if (search !== undefined) return `(${present} AND ${search}(${sql}, ${value}))`;
    const compared = `(${present} AND ${sql} ${comparison ?? '='} ${value})`;
    return operator === 'ne' ? `NOT ${compared}` : compared;
  }

  #valuesOf(operand: unknown, column: Comparable, path: readonly string[]): string[] {
    if (!Array.isArray(operand)) {
      this.#wrong(path, '"in" is a list of values.');
      return [];
    }
    this.#values += operand.length;
    if (operand.length > LIMITS.valuesOfIn) {
      this.#wrong(path, `"in" may have ${LIMITS.valuesOfIn} values, and not ${operand.length}.`);
      return [];
    }
    if (this.#values > LIMITS.values) {
      this.#wrong(path, `All "in" of a filter together may have ${LIMITS.values} values, and no more.`);
      return [];
    }
    return operand.map((each, index) => this.#literal(each, column, [...path, String(index)]));
  }

  #literal(value: unknown, column: Comparable, path: readonly string[]): string {
    const literal = literalOf(value, column.scalar);
    if (literal !== null) return literal;
    const hint = value === null ? '; ask for missing values with "isNull"' : '';
    return this.#wrong(
      path,
      `${shownValue(value)} is not what ${nameOf(column)} is compared with: ${wanted(column.scalar)}${hint}.`,
    );
  }

  /** @returns what stands for it until the whole filter is refused */
  #wrong(path: readonly string[], message: string): string {
    if (this.issues.length < MOST_ISSUES) this.issues.push({ path, message });
    return 'false';
  }
}

interface Comparable extends Column {
  readonly scalar: Scalar;
}

function nameOf({ name, type }: Column): string {
  return `the column "${name}" of type ${type}`;
}

function shownValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'A list' : 'An object';
  return shown(typeof value === 'string' ? JSON.stringify(value) : String(value));
}

function onlyEntry(value: unknown): [string, unknown] | null {
  const entries = isRecord(value) ? Object.entries(value).filter(([, each]) => each !== undefined) : [];
  const [entry] = entries;
  return entry !== undefined && entries.length === 1 ? entry : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
