import type * as Arrow from 'apache-arrow';
import { arrow } from '../arrow.ts';
import { ValidationError } from '../errors.ts';
import type { Attributes, AttributeValue, Scalar } from './source-item.ts';

export type ScalarType = 'str' | 'int' | 'float' | 'bool';

/** A column that a dataset adds to Pixano's own, in the words of Pixano's schema files. */
export interface AttributeColumn {
  readonly name: string;
  readonly type: ScalarType;
  /** Whether a value is a list. */
  readonly collection: boolean;
}

/** The attributes that a table has columns for. */
export class AttributeColumns {
  readonly #columns: ReadonlyMap<string, AttributeColumn>;

  constructor(columns: readonly AttributeColumn[]) {
    this.#columns = new Map(columns.map((column) => [column.name, column]));
  }

  /**
   * Attributes as Arrow takes them into their columns.
   * @throws ValidationError where one has no column, or one of another type
   */
  valuesOf(attributes: Attributes, where: string): Record<string, unknown> {
    return Object.fromEntries([...attributes].map(([name, value]) => [name, this.#valueOf(name, value, where)]));
  }

  /** @throws ValidationError where a column that is needed is not there, or of another type */
  check(needed: readonly (AttributeColumn & { readonly where: string })[]): void {
    for (const { where, ...each } of needed) {
      const column = this.#column(each.name, where);
      const fits = column.type === each.type || (column.type === 'float' && each.type === 'int');
      if (!fits || column.collection !== each.collection) throw mismatch(column, each, where);
    }
  }

  #valueOf(name: string, value: AttributeValue, where: string): unknown {
    const column = this.#column(name, where);
    const into = (each: Scalar) => {
      if (column.type === 'float' && typeof each === 'bigint') return Number(each);
      if (typeOf(each) === column.type) return each;
      throw mismatch(column, { type: typeOf(each), collection: column.collection }, where);
    };
    if (isList(value) === column.collection) return isList(value) ? value.map(into) : into(value);
    const [first = ''] = isList(value) ? value : [value];
    throw mismatch(column, { type: typeOf(first), collection: isList(value) }, where);
  }

  #column(name: string, where: string): AttributeColumn {
    const column = this.#columns.get(name);
    if (column !== undefined) return column;
    const names = [...this.#columns.keys()].join(', ') || 'none';
    throw ValidationError.at(
      'metadata',
      `${where}: the dataset has no column for "${name}", and keeps those that it was made with: ${names}.`,
    );
  }
}

export function fieldOf({ name, type, collection }: AttributeColumn): Arrow.Field {
  const { Bool, Field, Float64, Int64, List, Utf8 } = arrow;
  const scalar = { str: Utf8, int: Int64, float: Float64, bool: Bool }[type];
  const each = new scalar();
  return new Field(name, collection ? new List(new Field('item', each, true)) : each, false);
}

/** Null for a column that no attribute can fill. */
export function columnOf({ name, type }: Arrow.Field): AttributeColumn | null {
  const { DataType } = arrow;
  const each = DataType.isList(type) ? type.children[0]?.type : type;
  const scalar = each === undefined ? null : scalarTypeOf(each);
  return scalar === null ? null : { name, type: scalar, collection: DataType.isList(type) };
}

function scalarTypeOf(type: Arrow.DataType): ScalarType | null {
  const { DataType } = arrow;
  if (DataType.isUtf8(type)) return 'str';
  if (DataType.isBool(type)) return 'bool';
  if (DataType.isInt(type) && type.bitWidth === 64) return 'int';
  return DataType.isFloat(type) ? 'float' : null;
}

export function typeOf(value: Scalar): ScalarType {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'int' : 'float';
}

export function isList(value: AttributeValue): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** In the words of a person who wrote the metadata. */
export function nameOfType({ type, collection }: Pick<AttributeColumn, 'type' | 'collection'>): string {
  const scalar = { str: 'string', int: 'whole number', float: 'number', bool: 'true or false' }[type];
  if (collection) return type === 'bool' ? `a list of ${scalar}` : `a list of ${scalar}s`;
  return type === 'bool' ? scalar : `a ${scalar}`;
}

function mismatch(
  column: AttributeColumn,
  given: Pick<AttributeColumn, 'type' | 'collection'>,
  where: string,
): ValidationError {
  return ValidationError.at(
    'metadata',
    `${where}: "${column.name}" is ${nameOfType(given)}, and its column in the dataset holds ${nameOfType(column)}.`,
  );
}
