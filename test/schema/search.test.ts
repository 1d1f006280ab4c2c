import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApi, type TestApi } from './api.ts';
import { goldenSearches } from './golden.ts';

interface Hits {
  readonly edges: readonly {
    readonly cursor: string;
    readonly distance: number;
    readonly similarity: number;
    readonly node: { readonly pixanoId: string };
    readonly view: { readonly item: { readonly pixanoId: string } };
  }[];
  readonly nodes: readonly { readonly pixanoId: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string };
  readonly table: { readonly name: string };
  readonly explain: { readonly exact: boolean; readonly indexType: string | null; readonly candidates: number };
}

let api: TestApi;

beforeAll(async () => {
  api = await openApi('items');
});
afterAll(() => api[Symbol.asyncDispose]());

async function ask(input: Record<string, unknown>, page: Record<string, unknown> = {}) {
  return api.ask<{ dataset: { search: Hits } | null }>(
    `query ($input: SearchInput!, $first: Int! = 24, $after: String) {
      dataset(by: { folder: "health_images" }) { search(input: $input, first: $first, after: $after) {
        edges { cursor distance similarity node { pixanoId } view { item { pixanoId } } }
        nodes { pixanoId }
        pageInfo { hasNextPage hasPreviousPage endCursor }
        table { name }
        explain { exact indexType candidates embedMs searchMs fetchMs }
      } }
    }`,
    { input: { table: 'emb_tiny', ...input }, ...page },
  );
}

async function search(input: Record<string, unknown>, page: Record<string, unknown> = {}): Promise<Hits> {
  const { data, errors } = await ask(input, page);
  expect(errors).toBeUndefined();
  if (data.dataset === null) throw new Error('The fixture is gone.');
  return data.dataset.search;
}

describe('search', async () => {
  test.each(await goldenSearches('emb_tiny'))("gives Pixano's hits for $args", async ({ args, items, distances }) => {
    const input = { query: { text: args.query } };
    const after = args.skip === 0 ? null : (await search(input, { first: args.skip })).pageInfo.endCursor;
    const { edges, nodes } = await search(input, { first: args.limit, after });
    expect(nodes.map(({ pixanoId }) => pixanoId)).toEqual(items);
    for (const [index, { distance, similarity }] of edges.entries()) {
      expect(distance).toBeCloseTo(distances[index] ?? Number.NaN, 5);
      // Vectors of length 1: the squared distance is 2 - 2 cos.
      expect(similarity).toBeCloseTo(1 - distance / 2, 4);
    }
  });

  test('gives each hit with its view, its table and how it was found', async () => {
    const { edges, nodes, table, explain } = await search({ query: { text: 'microscope' } });
    expect(edges.map(({ view }) => view.item)).toEqual(nodes);
    expect(table).toEqual({ name: 'emb_tiny' });
    expect(explain).toMatchObject({ exact: true, indexType: null, candidates: 12, embedMs: expect.any(Number) });
  });

  test('is paged by cursor', async () => {
    const input = { query: { text: 'microscope' } };
    const all = (await search(input)).nodes;
    const seen: unknown[] = [];
    let after: string | null = null;
    for (const hasNextPage of [true, true, false]) {
      const page: Hits = await search(input, { first: 5, after });
      expect(page.pageInfo).toMatchObject({ hasNextPage, hasPreviousPage: after !== null });
      seen.push(...page.nodes);
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(all);
    expect(await search(input, { first: 5, after })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
    expect(await search(input, { first: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: true } });
  });

  test('is cut off at a distance', async () => {
    const { edges } = await search({ query: { text: 'microscope' } });
    const maxDistance = ((edges[2]?.distance ?? 0) + (edges[3]?.distance ?? 0)) / 2;
    const near = await search({ query: { text: 'microscope' }, maxDistance });
    expect(near).toMatchObject({ edges: edges.slice(0, 3), pageInfo: { hasNextPage: false } });
  });

  test('gives views in the place of items where it is asked to', async () => {
    const { nodes } = await search({ query: { text: 'microscope' }, groupBy: 'VIEW', exact: true });
    expect(nodes).toHaveLength(12);
  });

  test.each([
    [
      'a table that is not there',
      { table: 'gone' },
      {},
      'has no embedding table "gone"; it has: emb_open-clip, emb_tiny',
    ],
    ['no table where there are several', { table: null }, {}, 'has several embedding tables (emb_open-clip, emb_tiny)'],
    ['a page above 500', {}, { first: 501 }, '"first" must be between 0 and 500, not 501.'],
    ['a cursor that is none', {}, { after: 'x' }, '"x" is not a cursor of this list.'],
  ])('refuses %s', async (_what, input, page, message) => {
    const { data, errors } = await ask({ query: { text: 'microscope' }, ...input }, page);
    expect(data.dataset).toBeNull();
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), path: ['dataset', 'search'] }]);
  });

  test.each([[{}], [{ text: null }], [{ words: 'microscope' }]])('refuses the query %j', async (query) => {
    expect((await ask({ query })).errors?.[0]?.message).toContain('"input.query');
  });
});
