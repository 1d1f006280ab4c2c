import { expect, test } from 'vitest';
import { textTable } from '../../src/cli/text-table.ts';

test('columns are as wide as their widest cell, numbers to the right', () => {
  const table = textTable(
    ['name', 'items'],
    [
      ['a', 5],
      ['été 🏔️', 12_000],
    ],
  );
  expect(table).toBe('name   items\na          5\nété 🏔️  12000\n');
});

test('no cell breaks its line or speaks to the terminal', () => {
  expect(textTable(['a', 'b'], [['x\ny\t', '\x1b[2Jz']])).toBe('a    b\nx y  [2Jz\n');
});
