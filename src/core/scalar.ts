import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';

/** The unit of a column of times, in the words of Arrow's own SQL. */
export type TimeUnit = 'Second' | 'Millisecond' | 'Microsecond' | 'Nanosecond';

/** What a column of single values that can be compared holds. */
export type Scalar =
  | { readonly kind: 'text' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'int'; readonly signed: boolean; readonly bits: number }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'time'; readonly unit: TimeUnit; readonly zoned: boolean }
  | { readonly kind: 'date' };

const FLOAT_BITS = [16, 32, 64] as const;
const UNITS = ['Second', 'Millisecond', 'Microsecond', 'Nanosecond'] as const;

/** Null for a column of lists, structs, bytes and whatever else no filter and no order can name. */
export function scalarOf({ name, type }: Arrow.Field): Scalar | null {
  const { DataType } = arrow;
  // Lance finds no column of such a name, however it is quoted.
  if (name === '' || name.includes('`')) return null;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return { kind: 'text' };
  if (DataType.isBool(type)) return { kind: 'bool' };
  if (DataType.isInt(type)) return { kind: 'int', signed: type.isSigned, bits: type.bitWidth };
  if (DataType.isFloat(type)) return { kind: 'float', bits: FLOAT_BITS[type.precision] };
  if (DataType.isTimestamp(type)) return { kind: 'time', unit: UNITS[type.unit], zoned: Boolean(type.timezone) };
  return DataType.isDate(type) ? { kind: 'date' } : null;
}
