import { expect, test } from 'vitest';
import { byteRangeOf } from '../../src/server/byte-range.ts';

test.each([
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=2-5', { start: 2, end: 6 }],
  ['bytes=2-', { start: 2, end: 10 }],
  ['bytes=2-99', { start: 2, end: 10 }],
  ['bytes=-3', { start: 7, end: 10 }],
  ['bytes=-99', { start: 0, end: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=10-12', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
])('of ten bytes, "%s" asks for a part', (header, range) => {
  expect(byteRangeOf(header, 10)).toEqual(range);
});

test.each([
  undefined,
  '',
  'bytes',
  'bytes=',
  'bytes=-',
  'bytes=5-2',
  'bytes=0-1,4-5',
  'items=0-1',
  'bytes=a-b',
  'bytes=0x0-1',
])('"%s" asks for the whole', (header) => {
  expect(byteRangeOf(header, 10)).toBeNull();
});

test('nothing of an empty file can be a part', () => {
  expect([byteRangeOf('bytes=0-', 0), byteRangeOf('bytes=-1', 0)]).toEqual(['unsatisfiable', 'unsatisfiable']);
});
