import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';
import { type Scalar, scalarOf } from './scalar.ts';

/** A column of a table, in the words of Pixano's own documentation (those of pyarrow). */
export interface Column {
  readonly name: string;
  /** Such as `string`, `int64`, `timestamp[us]`, `struct<name: string, id: string>`. */
  readonly type: string;
  readonly nullable: boolean;
  /** What filters and orders compare; null where they cannot name the column. */
  readonly scalar: Scalar | null;
}

export function columnOf(field: Arrow.Field): Column {
  return { name: field.name, type: typeName(field.type), nullable: field.nullable, scalar: scalarOf(field) };
}

function typeName(type: Arrow.DataType): string {
  const { DataType } = arrow;
  if (DataType.isUtf8(type)) return 'string';
  if (DataType.isLargeUtf8(type)) return 'large_string';
  if (DataType.isBinary(type)) return 'binary';
  if (DataType.isLargeBinary(type)) return 'large_binary';
  if (DataType.isBool(type)) return 'bool';
  if (DataType.isInt(type)) return `${type.isSigned ? 'int' : 'uint'}${type.bitWidth}`;
  if (DataType.isFloat(type)) return ['halffloat', 'float', 'double'][type.precision] ?? 'float';
  if (DataType.isTimestamp(type)) {
    const unit = ['s', 'ms', 'us', 'ns'][type.unit];
    return type.timezone ? `timestamp[${unit}, tz=${type.timezone}]` : `timestamp[${unit}]`;
  }
  if (DataType.isFixedSizeList(type)) return `fixed_size_list<${child(type)}>[${type.listSize}]`;
  if (DataType.isList(type)) return `list<${child(type)}>`;
  if (DataType.isStruct(type)) {
    return `struct<${type.children.map((field) => `${field.name}: ${typeName(field.type)}`).join(', ')}>`;
  }
  return String(type).toLowerCase();
}

function child(type: Arrow.DataType): string {
  const [field] = type.children ?? [];
  return field === undefined ? '' : typeName(field.type);
}
