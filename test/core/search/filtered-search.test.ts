import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { ItemFilter } from '../../../src/core/filter/item-filter.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { TOUCHY } from '../tutorial.ts';
import { Clusters } from './clusters.ts';
import { addViews, emptied, type GeneratedView, TABLE } from './generated-dataset.ts';
import { plainSearch } from './plain-search.ts';

const ITEMS = 100_000;
const query = new Clusters(2).next();

/** Items that a filter lets pass: every 333rd, and so on; "far" are those that are farthest from the query. */
const sets = {
  few: (index: number) => index % 333 === 0,
  many: (index: number) => index % 100 !== 0,
  some: (index: number) => index % 20 === 7,
  one: (index: number) => index === 4_711,
};

function generated(): GeneratedView[] {
  const clusters = new Clusters(1);
  const vectors = Array.from({ length: ITEMS }, () => clusters.next());
  const distances = vectors.map((vector) => vector.reduce((sum, x, at) => sum + (x - (query[at] ?? 0)) ** 2, 0));
  const farthest = distances.toSorted((a, b) => b - a)[5_000] ?? 0;
  return vectors.map((vector, index) => {
    const names = Object.entries(sets).flatMap(([name, has]) => (has(index) ? [name] : []));
    if ((distances[index] ?? 0) > farthest) names.push('far');
    const id = `item-${index}`;
    return { id: `view-${index}`, itemId: id, split: names.join(), vector };
  });
}

const views = generated();
const ofSplit = (contains: string): ItemFilter => ({ column: { name: 'split', is: { contains } } });

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

describe.each(['items', 'records'] as const)('a filtered search of 100,000 items of the %s layout', (kind) => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    copy = await copyOfLibrary(kind, models);
    dataset = await openDataset(copy);
    await emptied(dataset);
    await addViews(dataset, views);
  }, 180_000);
  afterAll(() => copy[Symbol.asyncDispose]());

  const search = (filter: ItemFilter, more: { limit?: number; after?: string } = {}) =>
    dataset.search({ table: TABLE, query: { vector: query }, filter, limit: 10, ...more });

  test.each([
    ['few', 301],
    ['many', 99_000],
    ['some', 5_000],
    ['far', 5_000],
    ['one', 1],
    ['none', 0],
  ])('of which "%s" match (%i) gives exactly the right ten', async (name, count) => {
    const expected = plainSearch(views, query, 'ITEM', ({ split }) => split.split(',').includes(name));
    expect(expected).toHaveLength(count);
    const { hits, hasMore, explain } = await search(ofSplit(name));
    expect(hits.map(({ item }) => item.id)).toEqual(expected.slice(0, 10).map(({ key }) => key));
    for (const [index, { distance, item }] of hits.entries()) {
      expect(distance).toBeCloseTo(expected[index]?.distance ?? Number.NaN, 4);
      expect(item.attributes.split).toContain(name);
    }
    expect(hasMore).toBe(count > 10);
    expect(explain).toMatchObject({ exact: true, plan: expect.stringContaining(`${count} of 100000 items match`) });
  });

  test.each(['few', 'far'])('goes on page by page to the last of "%s"', async (name) => {
    const expected = plainSearch(views, query, 'ITEM', ({ split }) => split.split(',').includes(name));
    const found: string[] = [];
    let after: string | undefined;
    for (let more = true; more && found.length < 1_000; ) {
      const page = await search(ofSplit(name), { limit: 250, ...(after && { after }) });
      found.push(...page.hits.map(({ item }) => item.id));
      after = page.hits.at(-1)?.cursor;
      more = page.hasMore;
    }
    expect(found).toEqual(expected.slice(0, 1_000).map(({ key }) => key));
  });
});
