import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { SearchHit } from '../../../src/core/search/search.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { addCopies, addViews } from '../more-views.ts';
import { compute } from '../tutorial.ts';

const table = 'emb_tiny';
const microscope = { text: 'microscope' };
const itemsOf = (hits: readonly SearchHit[]) => hits.map((hit) => hit.item.id);
const viewsOf = (hits: readonly SearchHit[]) => hits.map((hit) => hit.view.id);

describe('a search where items have many views', () => {
  let models: TestModels;
  let copy: LibraryCopy;
  let dataset: Dataset;
  let before: readonly SearchHit[];
  beforeAll(async () => {
    models = await openModels();
    copy = await copyOfLibrary('items', models);
    dataset = await openDataset(copy);
    before = (await dataset.search({ table, query: microscope, limit: 12 })).hits;
    // The nearest picture a hundred times more, and the one after it also as a second view of the farthest item.
    const nearest = Array.from({ length: 100 }, (_, index) => ({ id: `near-${index}`, ...pictureOf(before[0]) }));
    const itemId = before[11]?.item.id ?? '';
    await addViews(dataset, [...nearest, { id: 'second', ...pictureOf(before[1]), itemId }]);
    await addCopies(dataset, 39);
    await compute(dataset, table);
  });
  afterAll(async () => {
    await copy[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  const pictureOf = (hit: SearchHit | undefined) => ({ url: hit?.view.address ?? '', itemId: hit?.item.id ?? '' });
  const search = async (input: { limit: number; offset?: number; groupBy?: 'ITEM' | 'VIEW' }) =>
    dataset.search({ table, query: microscope, ...input });

  test('gives each item once, at its nearest view', async () => {
    const { hits } = await search({ limit: 12 });
    expect(new Set(itemsOf(hits)).size).toBe(12);
    expect(hits[0]?.item).toEqual(before[0]?.item);
    const moved = hits.find((hit) => hit.item.id === before[11]?.item.id);
    expect(moved?.view.id).toBe('second');
    expect(moved?.distance).toBeCloseTo(before[1]?.distance ?? 0, 5);
  });

  test('fills a page, though one item has all of the nearest rows', async () => {
    const { hits, hasMore } = await search({ limit: 3 });
    expect(hits).toHaveLength(3);
    expect(hasMore).toBe(true);
    expect(itemsOf(hits)).toEqual(itemsOf((await search({ limit: 12 })).hits.slice(0, 3)));
  });

  test('gives every view where views are asked for', async () => {
    const { hits, hasMore } = await search({ limit: 200, groupBy: 'VIEW' });
    expect(new Set(viewsOf(hits)).size).toBe(152);
    expect(hasMore).toBe(false);
    expect(hits.map((hit) => hit.distance)).toEqual(hits.map((hit) => hit.distance).sort((a, b) => a - b));
  });

  test.each(['ITEM', 'VIEW'] as const)('comes in pages that are slices of one long answer, by %s', async (groupBy) => {
    const { hits: all } = await search({ limit: 200, groupBy });
    const limit = groupBy === 'ITEM' ? 5 : 50;
    for (let offset = 0; offset <= all.length; offset += limit) {
      const page = await search({ limit, offset, groupBy });
      expect(viewsOf(page.hits)).toEqual(viewsOf(all.slice(offset, offset + limit)));
      expect(page.hasMore).toBe(offset + limit < all.length);
    }
  });
});

test('a page that is deep in the answer leaves the event loop to others', async () => {
  await using copy = await copyOfLibrary('items');
  const dataset = await openDataset(copy);
  const lance = await dataset.store.open(table);
  for (let doubled = 0; doubled < 11; doubled++) await lance.add(await lance.query().toArrow());
  const deep = { table, query: microscope, limit: 500, offset: 9_500 };
  await dataset.search({ ...deep, offset: 0 });
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const { hits, explain } = await dataset.search({ ...deep, maxDistance: 0 });
  clearImmediate(counting);
  expect(hits).toEqual([]);
  expect(explain.candidates).toBe(12 * 2 ** 11);
  // The table is gone through, 1,024 rows a turn.
  expect(turns).toBeGreaterThan(20);
});
