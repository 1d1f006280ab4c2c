import type * as Arrow from 'apache-arrow';
import fc from 'fast-check';
import { arrow } from '../../../src/core/arrow.ts';

/** A value as a person thinks of it: times in nanoseconds since 1970, dates in days. */
export type Plain = string | boolean | bigint | number | null;

/** One type of column: its values, how Arrow has them, how a caller writes them, and how two compare. */
export interface ColumnType {
  readonly type: Arrow.DataType;
  readonly values: fc.Arbitrary<Exclude<Plain, null>>;
  /** Values that a filter may name; those of the column where it is left out. */
  readonly operands?: fc.Arbitrary<Exclude<Plain, null>>;
  vector(values: readonly Plain[]): Arrow.Vector;
  /** In each way in which JSON may have it. */
  json(value: Exclude<Plain, null>): readonly unknown[];
  /** As the column would keep it. */
  kept?(value: Plain): Plain;
  /** Negative, zero or positive; of no meaning for missing values. */
  compare(a: Plain, b: Plain): number;
  readonly ordered: boolean;
}

export const texts = fc.oneof(
  fc.constantFrom(
    '',
    "'",
    "''",
    '"',
    '\\',
    "\\'",
    '%',
    '_',
    '100%',
    'a_b',
    'a',
    'ab',
    'abc',
    'A',
    '--',
    "'; --",
    '\0',
    '`',
  ),
  fc.constantFrom('é', 'e\u0301', '😀', '\uffff', '🏳️‍🌈', 'ß', 'SS', '\u2028', '\n', '؜a', "O'Brien", "') OR (true"),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

const text = (type: Arrow.DataType): ColumnType => ({
  type,
  values: texts,
  vector: (values) => arrow.vectorFromArray([...values], type),
  json: (value) => [value],
  compare: (a, b) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))),
  ordered: true,
});

const bool: ColumnType = {
  type: new arrow.Bool(),
  values: fc.boolean(),
  vector: (values) =>
    arrow.makeVector(
      arrow.makeData({ type: new arrow.Bool(), ...validity(values), data: bits(values, (value) => value === true) }),
    ),
  json: (value) => [value],
  compare: (a, b) => Number(a) - Number(b),
  ordered: false,
};

function int(type: Arrow.Int): ColumnType {
  const half = 2n ** BigInt(type.bitWidth - 1);
  const [min, max] = type.isSigned ? [-half, half - 1n] : [0n, 2n * half - 1n];
  const wide = type.bitWidth === 64;
  return {
    type,
    values: fc.oneof(
      fc.constantFrom(min, max, min + 1n, max - 1n, 0n, 1n, 2n),
      fc.bigInt({ min, max }),
      ...(wide ? [fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 53n - 1n)] : []),
    ),
    vector: (values) =>
      arrow.vectorFromArray(
        values.map((value) => (wide || value === null ? value : Number(value))),
        type,
      ),
    json: (value) => [String(value), value, ...(Number.isSafeInteger(Number(value)) ? [Number(value)] : [])],
    compare: difference,
    ordered: true,
  };
}

const FLOATS = [
  { type: new arrow.Float16(), round: Math.f16round, buffer: Float16Array },
  { type: new arrow.Float32(), round: Math.fround, buffer: Float32Array },
  { type: new arrow.Float64(), round: Number, buffer: Float64Array },
];

const floats: readonly ColumnType[] = FLOATS.map(({ type, round, buffer }) => {
  const any = fc.oneof(
    fc.constantFrom(0, -0, 0.1, -0.1, 1, 5e-324, 1e20, Infinity, -Infinity, 2 ** 53 + 2, 65504, 3.4028234663852886e38),
    fc.double({ noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
  );
  const fits = (value: number) => Math.abs(value) === Infinity || Number.isFinite(round(value));
  return {
    type,
    values: fc.oneof(any.filter(fits).map(round), fc.constant(NaN)),
    operands: any.filter(fits),
    vector: (values) => {
      const kept = buffer.from(values.map((value) => Number(value ?? 0)));
      const bytes = new Uint8Array(kept.buffer);
      // Of NaN there is one with each sign, and processors make both.
      for (let row = 0; row < values.length; row += 2) {
        const sign = (row + 1) * kept.BYTES_PER_ELEMENT - 1;
        if (Number.isNaN(values[row])) bytes[sign] = (bytes[sign] ?? 0) | 0x80;
      }
      // Arrow keeps 16-bit floats as the integers of the same bits.
      const data = type.precision === 0 ? new Uint16Array(kept.buffer) : kept;
      return arrow.makeVector(arrow.makeData({ type, ...validity(values), data }));
    },
    json: (value) => [Math.abs(Number(value)) === Infinity ? String(value) : value],
    kept: (value) => (value === null || Number.isNaN(value) ? null : round(Number(value))),
    compare: difference,
    ordered: true,
  };
});

const UNITS = [1_000_000_000n, 1_000_000n, 1000n, 1n];

/** Of the years 1 to 9999, as far as 64 bits of the unit go. */
function time(unit: number, zone: string | null): ColumnType {
  const type = new arrow.Timestamp(unit, zone);
  const scale = UNITS[unit] ?? 1n;
  const [first, last] =
    unit === 3 ? [-(2n ** 63n), 2n ** 63n - 1n] : [-62_135_596_800n * 10n ** 9n, 253_402_214_400n * 10n ** 9n];
  const values = fc
    .oneof(
      fc.constantFrom(0n, -1n, 1n, -1_000_000_000n, 1_700_000_000_123_456_789n, first, last),
      fc.bigInt({ min: first, max: last }),
    )
    .map((nanoseconds) => (nanoseconds / scale) * scale);
  return {
    type,
    values,
    vector: (given) => {
      const data = BigInt64Array.from(given.map((value) => BigInt(value ?? 0) / scale));
      return arrow.makeVector(arrow.makeData({ type, ...validity(given), data }));
    },
    json: (value) => isoTimes(BigInt(value), zone !== null),
    compare: difference,
    ordered: true,
  };
}

const date: ColumnType = {
  type: new arrow.DateDay(),
  values: fc.oneof(fc.constantFrom(0, -1, 1, 19_000), fc.integer({ min: -719_162, max: 2_932_896 })),
  vector: (values) => {
    const data = Int32Array.from(values.map((value) => Number(value ?? 0)));
    return arrow.makeVector(arrow.makeData({ type: new arrow.DateDay(), ...validity(values), data }));
  },
  json: (value) => [new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)],
  compare: difference,
  ordered: true,
};

export const COLUMN_TYPES: readonly ColumnType[] = [
  text(new arrow.Utf8()),
  text(new arrow.LargeUtf8()),
  bool,
  ...[new arrow.Int8(), new arrow.Int16(), new arrow.Int32(), new arrow.Int64()].map(int),
  ...[new arrow.Uint8(), new arrow.Uint16(), new arrow.Uint32(), new arrow.Uint64()].map(int),
  ...floats,
  ...[0, 1, 2, 3].flatMap((unit) => [time(unit, null), time(unit, 'UTC'), time(unit, 'Europe/Paris')]),
  date,
];

function validity(values: readonly Plain[]) {
  const nullCount = values.filter((value) => value === null).length;
  return { length: values.length, nullCount, nullBitmap: bits(values, (value) => value !== null) };
}

function bits(values: readonly Plain[], isSet: (value: Plain) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (isSet(value)) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
}

function difference(a: Plain, b: Plain): number {
  if (a === null || b === null || a === b) return 0;
  return a < b ? -1 : 1;
}

/** In UTC, and in other zones, with as many digits as are needed, and with nine. */
function isoTimes(nanoseconds: bigint, zoned: boolean): string[] {
  const written = (offset: string, hours: bigint) => {
    const local = nanoseconds + hours * 3600n * 10n ** 9n;
    const seconds = local / 10n ** 9n - (local % 10n ** 9n < 0n ? 1n : 0n);
    const fraction = String(local - seconds * 10n ** 9n).padStart(9, '0');
    const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    const short = fraction.replace(/0+$/, '');
    return [`${whole}.${fraction}${offset}`, `${whole}${short === '' ? '' : `.${short}`}${offset}`];
  };
  if (!zoned) return written('', 0n);
  const near = nanoseconds < -62_135_500_000n * 10n ** 9n || nanoseconds > 253_402_200_000n * 10n ** 9n;
  return near ? written('Z', 0n) : [...written('Z', 0n), ...written('-05:00', -5n)];
}
