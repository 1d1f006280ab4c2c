import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openApi, type TestApi } from './api.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openApi('items');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await api[Symbol.asyncDispose]();
});

/** Calls that any Lance table gets while the operation is answered. */
async function queriesOf(source: string): Promise<number> {
  const dataset = await api.library.find({ folder: 'health_images' });
  const table = Object.getPrototypeOf(await dataset?.store.open('image'));
  const calls = [vi.spyOn(table, 'query'), vi.spyOn(table, 'countRows')];
  const { errors } = await api.ask(source);
  expect(errors).toBeUndefined();
  const count = calls.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  vi.restoreAllMocks();
  return count;
}

test.each([
  ['items with their views', 'items(first: N) { nodes { id views { nodes { id item { id } } } } }', 4],
  [
    'items with their vectors',
    'items(first: N) { nodes { embeddings { totalCount nodes { vector view { id } } } } }',
    8,
  ],
  [
    'views with their items and vectors',
    'views(first: N) { nodes { item { id } embeddings { nodes { vector } } } }',
    7,
  ],
  [
    'vectors of a table',
    'views(first: N) { nodes { embeddings(table: "emb_tiny") { nodes { shape item { id } } } } }',
    4,
  ],
])('a page of %s makes no more queries when it is longer', async (_what, selection, atMost) => {
  const ask = (size: number) =>
    queriesOf(`{ dataset(by: { folder: "health_images" }) { ${selection.replace('N', String(size))} } }`);
  const [short, long] = [await ask(2), await ask(12)];
  expect(long).toBe(short);
  expect(long).toBeLessThanOrEqual(atMost);
  expect(short).toBeGreaterThan(0);
});

test('nodes that are asked for together are read together', async () => {
  const { data } = await api.ask<{ dataset: { views: { nodes: { id: string }[] } } }>(
    '{ dataset(by: { folder: "health_images" }) { views { nodes { id } } } }',
  );
  const ids = data.dataset.views.nodes.map(({ id }) => id);
  expect(await queriesOf(`{ nodes(ids: ${JSON.stringify(ids)}) { id } }`)).toBe(1);
});
