import { describe, expect, test } from 'vitest';
import { filterOf } from '../../src/cli/filter-flag.ts';
import { arrow } from '../../src/core/arrow.ts';
import { columnOf } from '../../src/core/column.ts';
import { compileFilter } from '../../src/core/filter/compile-filter.ts';

const COLUMNS = [
  ['label', new arrow.Utf8()],
  ['a:eq:b', new arrow.Utf8()],
  ['area', new arrow.Int64()],
  ['score', new arrow.Float64()],
  ['checked', new arrow.Bool()],
  ['created_at', new arrow.TimestampMicrosecond()],
] as const;
const columns = COLUMNS.map(([name, type]) => columnOf(new arrow.Field(name, type, true)));

/** The one condition of a flag. */
function conditionOf(flag: string): unknown {
  const filter = filterOf([flag], columns);
  expect(() => filter && compileFilter(filter, columns)).not.toThrow();
  return filter;
}

const all = (name: string, is: object) => ({ all: [{ column: { name, is } }] });

describe('a filter at the shell', () => {
  test('is a column, an operator and a value of the type of the column', () => {
    expect(conditionOf('label:eq:cat')).toEqual(all('label', { eq: 'cat' }));
    expect(conditionOf('label:ne:')).toEqual(all('label', { ne: '' }));
    expect(conditionOf('label:contains:1:2,3')).toEqual(all('label', { contains: '1:2,3' }));
    expect(conditionOf('area:gte:9007199254740993')).toEqual(all('area', { gte: '9007199254740993' }));
    expect(conditionOf('score:lt:-1.5e3')).toEqual(all('score', { lt: -1500 }));
    expect(conditionOf('score:gt:-Infinity')).toEqual(all('score', { gt: '-Infinity' }));
    expect(conditionOf('checked:eq:false')).toEqual(all('checked', { eq: false }));
    expect(conditionOf('created_at:lte:2024-05-31T12:30:00')).toEqual(
      all('created_at', { lte: '2024-05-31T12:30:00' }),
    );
  });

  test('takes a list with commas between its values, and a backslash before a comma that is in one', () => {
    expect(conditionOf('area:in:1,2,3')).toEqual(all('area', { in: ['1', '2', '3'] }));
    expect(conditionOf(String.raw`label:in:a\,b,c\\,\d,`)).toEqual(all('label', { in: ['a,b', 'c\\', '\\d', ''] }));
    expect(conditionOf('score:nin:1,2')).toEqual({ all: [{ not: { column: { name: 'score', is: { in: [1, 2] } } } }] });
  });

  test('finds the column whose name has an operator in it', () => {
    expect(conditionOf('a:eq:b:eq:c')).toEqual(all('a:eq:b', { eq: 'c' }));
    expect(conditionOf('label:eq:eq:x')).toEqual(all('label', { eq: 'eq:x' }));
  });

  test('is joined with the others by and; none is no filter', () => {
    expect(filterOf([], columns)).toBeUndefined();
    expect(filterOf(['label:eq:a', 'area:gt:1'], columns)).toEqual({
      all: [{ column: { name: 'label', is: { eq: 'a' } } }, { column: { name: 'area', is: { gt: '1' } } }],
    });
  });

  test.each(['label', 'label:eq', 'label:is:x', ':eq:x', 'label:EQ:x', ''])('says what is wrong with "%s"', (flag) => {
    expect(() => filterOf([flag], columns)).toThrow(
      `"${flag}" is not of the form COL:OP:VALUE, with OP one of eq, ne, in, nin, lt, lte, gt, gte, contains.`,
    );
  });

  test.each([
    ['gone:eq:x', 'There is no column "gone"; filters may name: label, a:eq:b, area, score, checked, created_at.'],
    ['area:eq:many', '"many" is not what the column "area" of type int64 is compared with: a whole number from'],
    ['score:eq:', '"" is not what the column "score" of type double is compared with: a number that 64 bits hold'],
    ['checked:eq:yes', '"yes" is not what the column "checked" of type bool is compared with: true or false.'],
    ['area:contains:1', '"contains" is asked of strings alone, and not of the column "area" of type int64.'],
  ])('leaves "%s" to the check of the filter, which says what is wrong', (flag, message) => {
    const filter = filterOf([flag], columns);
    expect(() => filter && compileFilter(filter, columns)).toThrow(message);
  });
});
