import { readFile } from 'node:fs/promises';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { shapeOf } from '../../src/server/document-shape.ts';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';

test.each([
  ['{ a { b c: d } e }', { depth: 2, breadth: 4, aliases: 1 }],
  ['{ ...F ...F } fragment F on Query { a { b: c } }', { depth: 2, breadth: 4, aliases: 2 }],
  ['{ ... { ... on Query { a } } }', { depth: 1, breadth: 1, aliases: 0 }],
  [
    'query A { a } query B { a { b } } fragment Unused on Query { x: a y: b z: c }',
    { depth: 2, breadth: 3, aliases: 3 },
  ],
  ['{ ...Gone }', { depth: 0, breadth: 0, aliases: 0 }],
  ['{ a } fragment F on Query { a { ...G } } fragment G on Query { ...F }', null],
])('the shape of %s', (document, shape) => {
  expect(shapeOf(parse(document))).toEqual(shape);
});

test.each(['client/documents.graphql', 'server/tutorial.graphql'])('%s is far within the limits', async (file) => {
  const document = parse(await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8'));
  const { depth, breadth, aliases } = shapeOf(document) ?? { depth: Infinity, breadth: Infinity, aliases: Infinity };
  expect(depth).toBeLessThanOrEqual(DEFAULT_LIMITS.depth - 2);
  expect(breadth).toBeLessThanOrEqual(DEFAULT_LIMITS.breadth / 2);
  expect(aliases).toBeLessThanOrEqual(DEFAULT_LIMITS.aliases / 2);
});
