import type { Scalar } from '../scalar.ts';
import { sqlString } from '../sql.ts';
import { isDay, momentOf } from './moment.ts';

type Int = Extract<Scalar, { kind: 'int' }>;
type Time = Extract<Scalar, { kind: 'time' }>;

/**
 * A caller's value as an SQL literal of a column's type: the only way in which one gets into a
 * filter's predicate. Null where it is no value of that type.
 */
export function literalOf(value: unknown, scalar: Scalar): string | null {
  switch (scalar.kind) {
    case 'text':
      return typeof value === 'string' && value.isWellFormed() ? sqlString(value) : null;
    case 'bool':
      return typeof value === 'boolean' ? String(value) : null;
    case 'int':
      return intLiteral(value, scalar);
    case 'float':
      return floatLiteral(value, scalar.bits);
    case 'time':
      return typeof value === 'string' ? timeLiteral(value, scalar) : null;
    case 'date':
      return typeof value === 'string' && isDay(value) ? `DATE '${value}'` : null;
  }
}

/** What `literalOf` takes, in words. */
export function wanted(scalar: Scalar): string {
  switch (scalar.kind) {
    case 'text':
      return 'a string of well-formed Unicode';
    case 'bool':
      return 'true or false';
    case 'int': {
      const [least, most] = rangeOf(scalar);
      return `a whole number from ${least} to ${most}${scalar.bits === 64 ? ', as a string beyond 2^53' : ''}`;
    }
    case 'float':
      return `a number that ${scalar.bits} bits hold, or "Infinity" or "-Infinity"`;
    case 'time': {
      const example = `2024-05-31T12:30:00${scalar.zoned ? 'Z' : ''}`;
      return `a time as "${example}", ${scalar.zoned ? 'with' : 'without'} an offset, no finer than a ${scalar.unit.toLowerCase()}`;
    }
    case 'date':
      return 'a date as "2024-05-31"';
  }
}

/** A JSON number beyond 2^53 may not be the one that was written, so it is none. */
function intLiteral(value: unknown, scalar: Int): string | null {
  const digits = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
  if (typeof value !== 'bigint' && !digits && !Number.isSafeInteger(value)) return null;
  const int = BigInt(value as bigint | number | string);
  const [least, most] = rangeOf(scalar);
  if (int < least || int > most) return null;
  // The digits of the least one of 64 bits alone are too large a number before they are negated.
  return int === -(2n ** 63n) ? `CAST('${int}' AS BIGINT)` : String(int);
}

function rangeOf({ signed, bits }: Int): [bigint, bigint] {
  const half = 2n ** BigInt(bits - 1);
  return signed ? [-half, half - 1n] : [0n, 2n * half - 1n];
}

/** Numbers are compared in the column's precision: 0.1 finds what a column of 32 bits keeps of 0.1. */
function floatLiteral(value: unknown, bits: 16 | 32 | 64): string | null {
  const type = `Float${bits}`;
  if (value === 'Infinity' || value === '-Infinity') return `arrow_cast('${value}', '${type}')`;
  if (typeof value !== 'number') return null;
  const kept = { 16: Math.f16round, 32: Math.fround, 64: Number }[bits](value);
  if (!Number.isFinite(kept)) return null;
  return bits === 16 ? `arrow_cast(${kept.toExponential()}, '${type}')` : kept.toExponential();
}

function timeLiteral(text: string, scalar: Time): string | null {
  const moment = momentOf(text, scalar);
  if (moment === null) return null;
  return `arrow_cast(${moment}, 'Timestamp(${scalar.unit}, ${scalar.zoned ? 'Some("UTC")' : 'None'})')`;
}
