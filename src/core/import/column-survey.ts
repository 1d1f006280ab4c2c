import { ValidationError } from '../errors.ts';
import { type AttributeColumn, isList, nameOfType, type ScalarType, typeOf } from './attribute-column.ts';
import type { Attributes, AttributeValue } from './source-item.ts';

/** A column that a source needs, and the first place that needs it so. */
export interface SurveyedColumn extends AttributeColumn {
  readonly where: string;
}

interface Seen {
  readonly type: ScalarType | null;
  readonly collection: boolean;
  readonly where: string;
}

/** Finds the type that a column needs for all of its values. */
export class ColumnSurvey {
  readonly #seen = new Map<string, Seen>();

  /** @throws ValidationError where the value cannot stand in one column with those before it */
  add(attributes: Attributes, where: string): void {
    for (const [name, value] of attributes) {
      const before = this.#seen.get(name);
      this.#seen.set(name, joined(name, before, seenIn(name, value, where)));
    }
  }

  /** In the order in which they were first seen. */
  columns(): SurveyedColumn[] {
    return [...this.#seen].map(([name, { type, ...seen }]) => ({ name, type: type ?? 'str', ...seen }));
  }
}

function seenIn(name: string, value: AttributeValue, where: string): Seen {
  if (!isList(value)) return { type: typeOf(value), collection: false, where };
  return value
    .map((each): Seen => ({ type: typeOf(each), collection: true, where }))
    .reduce((one, other) => joined(name, one, other), { type: null, collection: true, where });
}

function joined(name: string, before: Seen | undefined, seen: Seen): Seen {
  if (before === undefined) return seen;
  if (before.collection === seen.collection) {
    if (before.type === null) return seen;
    if (seen.type === null || seen.type === before.type) return before;
    const types = [before.type, seen.type];
    if (types.includes('int') && types.includes('float')) return before.type === 'float' ? before : seen;
  }
  throw ValidationError.at(
    'metadata',
    `${seen.where}: "${name}" is ${describe(seen)} here and ${describe(before)} in ${before.where}: a column holds values of one type.`,
  );
}

function describe({ type, collection }: Seen): string {
  return type === null ? 'an empty list' : nameOfType({ type, collection });
}
