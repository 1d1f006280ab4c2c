import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { SearchInput } from '../../../src/core/search/search.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { TOUCHY } from '../tutorial.ts';
import { Clusters } from './clusters.ts';
import { addViews, emptied, type GeneratedView, TABLE } from './generated-dataset.ts';
import { plainSearch } from './plain-search.ts';

const vector = new Clusters(2).next();

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

/** Every seventh vector is one of three, so that many are at one distance; item 0 has the fifty nearest views. */
function generated(count: number): GeneratedView[] {
  const clusters = new Clusters(1);
  const twins = Array.from({ length: 3 }, () => clusters.next());
  const views = Array.from({ length: count }, (_, index) => {
    const own = clusters.next();
    const shared = index % 7 === 0 ? (twins[index % 3] ?? own) : own;
    // Of ids whose order is not that of the rows.
    const number = (index * 7_919) % count;
    return { id: `view-${number}`, itemId: `item-${number % (count / 2)}`, split: 'train', vector: shared };
  });
  const near = Array.from({ length: 50 }, (_, index) => {
    return { id: `near-${index}`, itemId: 'item-0', split: 'train', vector: vector.map((x) => x + index * 1e-3) };
  });
  return [...views, ...near];
}

async function pages(dataset: Dataset, input: Partial<SearchInput>, most = 10_000) {
  const found: { key: string; distance: number }[] = [];
  for (let after: string | undefined; found.length < most; ) {
    const page = await dataset.searchKeys({
      table: TABLE,
      query: { vector },
      limit: 50,
      ...input,
      ...(after && { after }),
    });
    for (const { itemId, view, distance } of page.hits) {
      found.push({ key: input.groupBy === 'VIEW' ? view.id : itemId, distance });
    }
    after = page.hits.at(-1)?.cursor;
    if (!page.hasMore) break;
  }
  return found;
}

describe.each(['items', 'records'] as const)('a search of the %s layout', (kind) => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  const views = generated(2_000);
  beforeEach(async () => {
    copy = await copyOfLibrary(kind, models);
    dataset = await openDataset(copy);
    await emptied(dataset);
    await addViews(dataset, views);
  });
  afterEach(() => copy[Symbol.asyncDispose]());

  test.each(['ITEM', 'VIEW'] as const)(
    'gives every hit once, by %s, in one order whatever the size of its pages',
    async (groupBy) => {
      const expected = plainSearch(views, vector, groupBy).map(({ key }) => key);
      for (const limit of [7, 50, 333]) {
        const found = await pages(dataset, { groupBy, limit });
        expect(found.map(({ key }) => key)).toEqual(expected);
      }
    },
  );

  test('gives the item that has the fifty nearest views one place, and a full page', async () => {
    const { hits } = await dataset.searchKeys({ table: TABLE, query: { vector }, limit: 10 });
    expect(hits.map(({ itemId }) => itemId)).toEqual(
      plainSearch(views, vector)
        .slice(0, 10)
        .map(({ key }) => key),
    );
    expect(hits[0]?.view.id).toBe('near-0');
  });

  test('goes on where it was though rows are added', async () => {
    const before = await pages(dataset, { groupBy: 'VIEW' });
    const first = await dataset.searchKeys({ table: TABLE, query: { vector }, limit: 100, groupBy: 'VIEW' });
    const near = { itemId: 'item-1', split: 'train', vector };
    const added = Array.from({ length: 30 }, (_, index) => ({ ...near, id: `added-${index}` }));
    await addViews(dataset, added, true);
    const after = first.hits.at(-1)?.cursor;
    const second = await dataset.searchKeys({
      table: TABLE,
      query: { vector },
      limit: 100,
      groupBy: 'VIEW',
      ...(after && { after }),
    });
    expect(second.hits.map(({ view }) => view.id)).toEqual(before.slice(100, 200).map(({ key }) => key));
  });

  test('finds more like a view, and leaves out itself or its item', async () => {
    const like = views[123];
    if (like === undefined) throw new Error('There are as many.');
    const view = { table: kind === 'items' ? 'image' : 'images', id: like.id };
    const byView = await dataset.searchKeys({ table: TABLE, query: { view }, limit: 20, groupBy: 'VIEW' });
    const others = plainSearch(views, like.vector, 'VIEW', ({ id }) => id !== like.id);
    expect(byView.hits.map((hit) => hit.view.id)).toEqual(others.slice(0, 20).map(({ key }) => key));
    const byItem = await dataset.searchKeys({ table: TABLE, query: { view }, limit: 20 });
    const otherItems = plainSearch(views, like.vector, 'ITEM', ({ itemId }) => itemId !== like.itemId);
    expect(byItem.hits.map((hit) => hit.itemId)).toEqual(otherItems.slice(0, 20).map(({ key }) => key));
  });

  test('leaves out what was deleted, before and after it is known where all rows are', async () => {
    const gone = new Set(
      plainSearch(views, vector)
        .slice(1, 4)
        .map(({ key }) => key),
    );
    const ids = [...gone].map((id) => `'${id}'`).join();
    await (await dataset.store.open(dataset.layout.itemTable)).delete(`id IN (${ids})`);
    await (await dataset.store.open(kind === 'items' ? 'image' : 'images')).delete("id = 'near-0'");
    const isThere = (view: GeneratedView) => view.id !== 'near-0' && !gone.has(view.itemId);
    const expected = plainSearch(views, vector, 'ITEM', isThere).map(({ key }) => key);
    const search = () => dataset.searchKeys({ table: TABLE, query: { vector }, limit: 10 });
    const first = await search();
    await dataset.store.places.whenRead(dataset.layout.itemTable);
    for (const { hits } of [first, await search()]) {
      expect(hits.map(({ itemId }) => itemId)).toEqual(expected.slice(0, 10));
      expect(hits[0]?.view.id).toBe('near-1');
    }
  });

  test('takes a cursor of another search for a mistake, and one of its own with another cut-off', async () => {
    const { hits } = await dataset.searchKeys({ table: TABLE, query: { vector }, limit: 3 });
    const after = hits[2]?.cursor ?? '';
    const same = await dataset.searchKeys({
      table: TABLE,
      query: { vector },
      limit: 3,
      after,
      maxDistance: 1e9,
      exact: true,
    });
    expect(same.hits).toHaveLength(3);
    const issues = [{ path: ['after'] }];
    for (const other of [
      { query: { vector: vector.map((x) => x + 1) } },
      { groupBy: 'VIEW' as const },
      { filter: { all: [] } },
    ]) {
      const search = dataset.searchKeys({ table: TABLE, query: { vector }, limit: 3, after, ...other });
      await expect(search).rejects.toMatchObject({ code: 'INVALID_INPUT', message: /another search/, issues });
    }
  });
});

describe('a search of 12,000 views', () => {
  test('is paged to its 10,000th hit, and no deeper', async () => {
    await using copy = await copyOfLibrary('items', models);
    const dataset = await openDataset(copy);
    await emptied(dataset);
    const views = generated(12_000);
    await addViews(dataset, views);
    const found = await pages(dataset, { groupBy: 'VIEW', limit: 500 }, 10_000);
    const expected = plainSearch(views, vector, 'VIEW').slice(0, 10_000);
    // Two that are as far to seven digits may change places, for Lance computes in single floats.
    expect(found.map(({ key }) => key).sort()).toEqual(expected.map(({ key }) => key).sort());
    for (const [index, { distance }] of found.entries()) {
      expect(Math.abs(distance - (expected[index]?.distance ?? Number.NaN))).toBeLessThan(1e-5);
    }
    await expect(pages(dataset, { groupBy: 'VIEW', limit: 500 }, 10_001)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['after'], message: expect.stringContaining('first 10000 hits') }],
    });
    await expect(
      dataset.searchKeys({ table: TABLE, query: { vector }, limit: 1, offset: 10_000 }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['offset'] }],
    });
  });
});
