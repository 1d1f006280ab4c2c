import { expect, test } from 'vitest';
import { KeySet } from '../../src/core/key-set.ts';

const COUNT = 100_000;
const keys = Array.from({ length: COUNT }, (_, index) => `image/${index.toString(36).padStart(22, '0')}`);

test('a set of keys has what was added, and nothing else, however much that is', () => {
  const set = new KeySet();
  for (const key of keys) expect(set.add(key)).toBe(true);
  expect(set.size).toBe(COUNT);
  expect(keys.every((key) => set.has(key))).toBe(true);
  expect(keys.some((key) => set.has(`${key}/`))).toBe(false);
});

test('what is added twice is there once', () => {
  const set = new KeySet();
  expect([set.add('a'), set.add('a'), set.add('b')]).toEqual([true, false, true]);
  expect(set.size).toBe(2);
});

test('keys that differ in little are told apart', () => {
  const alike = [
    '',
    '\0',
    '\0\0',
    'a',
    'a\0',
    'b',
    'ab',
    'ba',
    'é',
    'e\u0301',
    '\ud83d\ude00',
    '\ud83d',
    'a/b',
    'a//b',
  ];
  const set = new KeySet();
  for (const key of alike) expect(set.add(key)).toBe(true);
  expect(set.size).toBe(alike.length);
});

test('an empty set has nothing', () => {
  expect(new KeySet().has('')).toBe(false);
});
