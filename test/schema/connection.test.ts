import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApi, type TestApi } from './api.ts';

interface Page {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

let api: TestApi;
/** All items, in order. */
let all: readonly string[];

const PAGE =
  'totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

async function ask(args: Record<string, unknown>) {
  return api.ask<{ dataset: { items: Page } }>(
    `query ($first: Int, $after: String, $last: Int, $before: String) {
      dataset(by: { folder: "health_images" }) {
        items(first: $first, after: $after, last: $last, before: $before) { ${PAGE} }
      }
    }`,
    args,
  );
}

async function items(args: Record<string, unknown>): Promise<Page> {
  const { data, errors } = await ask(args);
  expect(errors).toBeUndefined();
  const page = data.dataset.items;
  expect(page.nodes).toEqual(page.edges.map(({ node }) => node));
  expect(page.pageInfo).toMatchObject({
    startCursor: page.edges.at(0)?.cursor ?? null,
    endCursor: page.edges.at(-1)?.cursor ?? null,
  });
  return page;
}

function idsOf(page: Page): string[] {
  return page.nodes.map(({ id }) => id);
}

beforeAll(async () => {
  api = await openApi('items');
  all = idsOf(await items({}));
});
afterAll(() => api[Symbol.asyncDispose]());

describe('a connection', () => {
  test('gives a whole short list where nothing is said', async () => {
    const page = await items({});
    expect(page).toMatchObject({ totalCount: 12, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    expect(new Set(idsOf(page)).size).toBe(12);
  });

  test('is walked forward, page after page', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (const size of [5, 5, 2]) {
      const page: Page = await items({ first: 5, after });
      seen.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      expect(page.nodes).toHaveLength(size);
      expect(page).toMatchObject({
        totalCount: 12,
        pageInfo: { hasNextPage: seen.length < 12, hasPreviousPage: seen.length > 5 },
      });
    }
    expect(seen).toEqual(all);
    expect(await items({ first: 5, after })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
  });

  test('is walked backward, page before page', async () => {
    let seen: string[] = [];
    let before: string | null = null;
    for (const size of [5, 5, 2]) {
      const page: Page = await items({ last: 5, before });
      seen = [...idsOf(page), ...seen];
      before = page.pageInfo.startCursor;
      expect(page.nodes).toHaveLength(size);
      expect(page.pageInfo.hasPreviousPage).toBe(seen.length < 12);
      expect(page.pageInfo.hasNextPage).toBe(seen.length > 5);
    }
    expect(seen).toEqual(all);
  });

  test('has a page between two cursors', async () => {
    const { edges } = await items({});
    const [after, before] = [edges[1]?.cursor, edges[6]?.cursor];
    expect(idsOf(await items({ after, before }))).toEqual(all.slice(2, 6));
    expect(idsOf(await items({ after, before, first: 2 }))).toEqual(all.slice(2, 4));
    expect(idsOf(await items({ after, before, last: 3 }))).toEqual(all.slice(3, 6));
    expect(idsOf(await items({ after: before, before: after }))).toEqual([]);
  });

  test('may be asked for nothing but its length', async () => {
    const page = await items({ first: 0 });
    expect(page).toMatchObject({ totalCount: 12, nodes: [], pageInfo: { hasNextPage: true, startCursor: null } });
  });

  test.each([
    [{ first: 501 }, '"first" must be between 0 and 500, not 501.'],
    [{ last: 501 }, '"last" must be between 0 and 500, not 501.'],
    [{ first: -1 }, '"first" must be between 0 and 500, not -1.'],
    [{ first: 1, last: 1 }, 'Give "first" or "last", and not both.'],
    [{ after: 'nonsense' }, '"nonsense" is not a cursor of this list.'],
    [{ before: '' }, '"" is not a cursor of this list.'],
    [{ after: Buffer.from('at:-1').toString('base64url') }, '"YXQ6LTE" is not a cursor of this list.'],
  ])('refuses %j', async (args, message) => {
    const { data, errors } = await ask(args);
    expect(data).toEqual({ dataset: null });
    expect(errors).toMatchObject([{ message, path: ['dataset', 'items'] }]);
  });

  test('of at most 500 nodes may be asked for', async () => {
    expect(idsOf(await items({ first: 500 }))).toEqual(all);
  });
});

describe('each other connection', () => {
  const lists = [
    ['views', 'dataset(by: { folder: "health_images" }) { list: views(first: 5, after: $after) { PAGE } }', 12],
    [
      'views of a table',
      'dataset(by: { folder: "health_images" }) { list: views(table: "image", after: $after) { PAGE } }',
      12,
    ],
    ['datasets', 'dataset: library { list: datasets(first: 1, after: $after) { PAGE } }', 1],
  ] as const;

  test.each(lists)('of %s is walked to its end', async (_name, selection, length) => {
    const source = `query ($after: String) { ${selection.replace('PAGE', PAGE)} }`;
    const ask = async (after: string | null): Promise<Page> => {
      const { data, errors } = await api.ask<{ dataset: { list: Page } }>(source, { after });
      expect(errors).toBeUndefined();
      return data.dataset.list;
    };
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page = await ask(after);
      expect(page.totalCount).toBe(length);
      seen.push(...idsOf(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(new Set(seen).size).toBe(length);
    expect(seen).toHaveLength(length);
  });

  test('of the vectors of an item goes from table to table', async () => {
    const source = `query ($id: ID!, $after: String) {
      node(id: $id) { ... on Item { embeddings(first: 1, after: $after) { ${PAGE} nodes { id table { name } } } } }
    }`;
    interface Vectors extends Page {
      readonly nodes: readonly { readonly id: string; readonly table: { readonly name: string } }[];
    }
    const names: string[] = [];
    let after: string | null = null;
    for (const hasNextPage of [true, false]) {
      const { data } = await api.ask<{ node: { embeddings: Vectors } }>(source, { id: all[0], after });
      const page: Vectors = data.node.embeddings;
      names.push(...page.nodes.map(({ table }) => table.name));
      after = page.pageInfo.endCursor;
      expect(page).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage } });
    }
    expect(names).toEqual(['emb_open-clip', 'emb_tiny']);
  });
});
