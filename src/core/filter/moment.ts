import type { TimeUnit } from '../scalar.ts';

const ISO = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?$/;

const NANOSECONDS: Readonly<Record<TimeUnit, bigint>> = {
  Second: 1_000_000_000n,
  Millisecond: 1_000_000n,
  Microsecond: 1000n,
  Nanosecond: 1n,
};

/**
 * An ISO 8601 time of the years 1 to 9999 as a column keeps it: in its unit since 1970, as UTC where
 * the column has a zone. Null where it is none, has an offset and the column no zone or the other way
 * round, or does not fit the column's unit or its 64 bits.
 */
export function momentOf(text: string, { unit, zoned }: { readonly unit: TimeUnit; readonly zoned: boolean }) {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, day = '', hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  if (!isDay(day) || (offset !== undefined) !== zoned) return null;
  const milliseconds = Date.parse(`${day}T${hour}:${minute}:${second}${offset ?? 'Z'}`);
  if (hour === '24' || Number.isNaN(milliseconds)) return null;
  const nanoseconds = BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  if (nanoseconds % NANOSECONDS[unit] !== 0n) return null;
  const moment = nanoseconds / NANOSECONDS[unit];
  return BigInt.asIntN(64, moment) === moment ? moment : null;
}

/** Whether a text is a day of the years 1 to 9999, as `2024-02-29`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const midnight = new Date(`${text}T00:00:00Z`);
  // A day that its month does not have is taken for one of the next month.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}
