import { makeArrowTable } from '@lancedb/lancedb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrow } from '../../../src/core/arrow.ts';
import { type Column, columnOf } from '../../../src/core/column.ts';
import { ValidationError } from '../../../src/core/errors.ts';
import { compileFilter } from '../../../src/core/filter/compile-filter.ts';
import type { ItemFilter } from '../../../src/core/filter/item-filter.ts';
import { type TemporaryStore, temporaryStore } from './random-table.ts';

const { Bool, Field, Float32, Int8, Int64, List, Struct, TimestampMicrosecond, Uint64, Utf8 } = arrow;

const fields = [
  new Field('label', new Utf8(), true),
  new Field('small', new Int8(), true),
  new Field('big', new Int64(), true),
  new Field('unsigned', new Uint64(), true),
  new Field('score', new Float32(), true),
  new Field('checked', new Bool(), true),
  new Field('local', new TimestampMicrosecond(), true),
  new Field('moment', new TimestampMicrosecond('Europe/Paris'), true),
  new Field('day', new arrow.DateDay(), true),
  new Field('tags', new List(new Field('item', new Utf8())), true),
  new Field('ref', new Struct([new Field('id', new Utf8())]), true),
  new Field('back`tick', new Utf8(), true),
];
const columns: readonly Column[] = fields.map(columnOf);

const column = (name: string, is: object) => ({ column: { name, is } }) as ItemFilter;

/** What is said of a filter, each at its path. */
function issuesOf(filter: unknown, path?: readonly string[]): string[] {
  try {
    compileFilter(filter as ItemFilter, columns, path);
  } catch (error) {
    if (error instanceof ValidationError)
      return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw error;
  }
  return [];
}

describe('a filter is refused, with the path to what is wrong,', () => {
  test('where it names a column that is not there or cannot be compared', () => {
    const names = 'label, small, big, unsigned, score, checked, local, moment, day';
    expect(issuesOf({ all: [column('label', { eq: 'a' }), { not: column('Label', { eq: 'a' }) }] })).toEqual([
      `filter.all.1.not.column.name: There is no column "Label"; filters may name: ${names}.`,
    ]);
    expect(issuesOf(column('tags', { contains: 'a' }), ['input', 'filter'])).toEqual([
      'input.filter.column.name: No filter can compare the column "tags" of type list<string>.',
    ]);
    expect(issuesOf(column('ref', { isNull: true }))).toHaveLength(1);
    expect(issuesOf(column('back`tick', { eq: 'a' }))).toHaveLength(1);
    expect(issuesOf(column('ref.id', { eq: 'a' }))).toHaveLength(1);
  });

  test('where a value is not of the type of its column', () => {
    const wrong: [string, unknown[]][] = [
      ['label', [1, true, null, ['a'], { a: 1 }, '\ud800']],
      ['small', [128, -129, 1.5, '1.5', '', ' 1', '0x1', 'NaN', 1e3, true, null, '9'.repeat(20), '9'.repeat(9999)]],
      ['big', [2 ** 53, '9223372036854775808', '-9223372036854775809']],
      ['unsigned', [-1, '18446744073709551616']],
      ['score', ['1', 1e39, Number.NaN, Number.POSITIVE_INFINITY, 'NaN', true, null]],
      ['checked', ['true', 1, 0, null]],
      [
        'local',
        ['2024-05-31T12:30:00Z', '2024-05-31T12:30:00+02:00', '2024-05-31T12:30:00.1234567', 1717158600, 'now'],
      ],
      [
        'local',
        ['2024-02-30', '2023-02-29T00:00:00', '0000-01-01', '2024-05-31T24:00:00', '2024-05-31T12:60', '2024-13-01'],
      ],
      [
        'moment',
        ['2024-05-31T12:30:00', '2024-05-31', '2024-05-31Z', '2024-05-31T12:30:00+25:00', "2024-05-31T12:30:00Z'"],
      ],
      ['day', ['2024-02-30', '2024-05-31T00:00:00', 19_000, '2024-5-31', "2024-05-31' OR '1'='1"]],
    ];
    for (const [name, values] of wrong) {
      for (const value of values) {
        const [issue, ...more] = issuesOf({ any: [column(name, { eq: value })] });
        expect(more).toEqual([]);
        expect(issue).toMatch(`filter.any.0.column.is.eq: `);
        expect(issue).toMatch(`is not what the column "${name}" of type `);
        expect(issue?.length).toBeLessThan(300);
        expect(issuesOf(column(name, { in: [value] }))[0]).toMatch('filter.column.is.in.0: ');
      }
    }
    expect(issuesOf(column('label', { eq: null }))[0]).toMatch('; ask for missing values with "isNull".');
    expect(issuesOf(column('big', { eq: 2 ** 53 }))[0]).toMatch(
      '9007199254740992 is not what the column "big" of type int64 is compared with: a whole number from ' +
        '-9223372036854775808 to 9223372036854775807, as a string beyond 2^53.',
    );
  });

  test('where a comparison is not one of its column', () => {
    expect(issuesOf(column('small', { contains: '1' }))).toEqual([
      'filter.column.is.contains: "contains" is asked of strings alone, and not of the column "small" of type int8.',
    ]);
    expect(issuesOf(column('local', { startsWith: '2024' }))).toHaveLength(1);
    expect(issuesOf(column('checked', { lt: true }))).toEqual([
      'filter.column.is.lt: No value is less than another in the column "checked" of type bool: ask with "eq" or "ne".',
    ]);
    expect(issuesOf(column('label', { isNull: 'yes' }))).toHaveLength(1);
    expect(issuesOf(column('label', { in: 'a' }))).toEqual(['filter.column.is.in: "in" is a list of values.']);
  });

  test('where it is not one of the four, or its condition not one of ten', () => {
    const shapes = [{}, null, 1, 'a', [], { all: [], any: [] }, { or: [] }, { all: {} }, { all: column('label', {}) }];
    for (const shape of shapes) expect(issuesOf(shape)).toHaveLength(1);
    expect(issuesOf({ all: [{}, {}] }).map((issue) => issue.split(':')[0])).toEqual(['filter.all.0', 'filter.all.1']);
    for (const is of [{}, { like: 'a' }, { eq: 'a', ne: 'b' }, { constructor: 'a' }, { __proto__: { eq: 'a' } }]) {
      expect(issuesOf(column('label', is))[0]).toMatch('filter.column.is: A condition is one of "eq", "ne", "in", ');
    }
    expect(issuesOf({ column: {} })).toEqual(['filter.column.name: A condition names its column.']);
  });

  test('where it is too deep or too long', () => {
    const nested = (levels: number): ItemFilter =>
      levels === 1 ? column('small', { eq: 1 }) : { not: nested(levels - 1) };
    expect(issuesOf(nested(8))).toEqual([]);
    expect(issuesOf(nested(9))).toEqual([`filter${'.not'.repeat(8)}: A filter may be 8 levels deep, and no deeper.`]);
    expect(issuesOf(nested(5000))).toHaveLength(1);
    const numbers = (count: number) => Array.from({ length: count }, () => 1);
    expect(issuesOf(column('small', { in: numbers(1000) }))).toEqual([]);
    expect(issuesOf(column('small', { in: numbers(1001) }))).toEqual([
      'filter.column.is.in: "in" may have 1000 values, and not 1001.',
    ]);
    const lists = (count: number) => ({ any: numbers(count).map(() => column('small', { in: numbers(1000) })) });
    expect(issuesOf(lists(10))).toEqual([]);
    expect(issuesOf(lists(11))).toEqual([
      'filter.any.10.column.is.in: All "in" of a filter together may have 10000 values, and no more.',
    ]);
    const conditions = (count: number) => ({ all: numbers(count).map(() => column('small', { eq: 1 })) });
    expect(issuesOf(conditions(500))).toEqual([]);
    expect(issuesOf(conditions(5000))).toEqual([
      'filter.all.500.column: A filter may have 500 conditions, and no more.',
    ]);
    // Of which a predicate would be as long.
    const empty = (count: number): ItemFilter => ({ all: numbers(count).map(() => ({ any: [] })) });
    expect(issuesOf(empty(500))).toEqual([]);
    expect(issuesOf(empty(100_000))).toEqual(['filter.all.500: A filter may have 500 conditions, and no more.']);
  });

  test('and no more than twenty mistakes are told of', () => {
    expect(issuesOf(column('small', { in: Array.from({ length: 1000 }, () => 'a') }))).toHaveLength(20);
  });
});

describe('over a table', () => {
  let temporary: TemporaryStore;
  const values = ['plain', "it's", 'a%b', 'a_b', 'a\\b', "' OR 'x' = 'x", 'x\0y', '"', '`', '/* c */', null];
  beforeAll(async () => {
    temporary = await temporaryStore();
    const { store } = temporary;
    const schema = new arrow.Schema([new Field('id', new Utf8(), false), new Field('label', new Utf8(), true)]);
    const table = await store.create('item', schema, { overwrite: false });
    await table.add(
      makeArrowTable(
        values.map((label, index) => ({ id: String(index), label })),
        { schema },
      ),
    );
  });
  afterAll(() => temporary[Symbol.asyncDispose]());

  const passing = async (filter: ItemFilter) => {
    const where = compileFilter(filter, columns);
    return (await Array.fromAsync(temporary.store.texts('item', 'id', { where }))).map((id) => values[Number(id)]);
  };

  test.each(values.filter((value) => value !== null))(
    'finds %j as it is, and nothing that SQL would make of it',
    async (value) => {
      expect(await passing(column('label', { eq: value }))).toEqual([value]);
      expect(await passing(column('label', { in: [value] }))).toEqual([value]);
      expect(await passing(column('label', { ne: value }))).toEqual(values.filter((each) => each !== value));
      for (const is of [{ contains: value }, { startsWith: value }]) {
        expect(await passing(column('label', is))).toEqual([value]);
      }
    },
  );

  test.each([
    "' OR true --",
    "'; DROP TABLE item; --",
    "\\' OR 1=1 --",
    "') OR (true",
    "' UNION SELECT * FROM item --",
    "%' OR label LIKE '%",
    '%',
    '_____',
    '\0',
    "'\0' OR true",
    'ʼ OR true',
  ])('lets %j break out of no string', async (attack) => {
    const found = values.filter((value) => value?.includes(attack));
    expect(await passing(column('label', { eq: attack }))).toEqual([]);
    expect(await passing(column('label', { in: [attack] }))).toEqual([]);
    expect(await passing(column('label', { contains: attack }))).toEqual(found);
    expect(await passing(column('label', { startsWith: attack }))).toEqual(
      values.filter((value) => value?.startsWith(attack)),
    );
    expect(await passing(column('label', { ne: attack }))).toEqual(values);
    expect(issuesOf(column(attack, { eq: 'a' }))).toHaveLength(1);
    expect(issuesOf(column('day', { eq: attack }))).toHaveLength(1);
    expect(issuesOf(column('big', { eq: attack }))).toHaveLength(1);
  });

  test('judges the longest filter there may be, and the deepest', async () => {
    const any = Array.from({ length: 490 }, (_, index) => column('label', { eq: `${index}` }));
    const long = Array.from({ length: 1000 }, (_, index) => `${index}`);
    const lists = Array.from({ length: 10 }, () => column('label', { in: long }));
    expect(await passing({ any: [...any, ...lists] })).toEqual([]);
    const deep = (levels: number): ItemFilter =>
      levels === 1
        ? column('label', { eq: '"' })
        : { all: [{ any: [] as ItemFilter[] }, deep(levels - 1)].slice(levels % 2) };
    expect(await passing({ not: deep(7) })).toHaveLength(values.length);
  });
});
