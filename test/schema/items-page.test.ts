import { makeArrowTable } from '@lancedb/lancedb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shown } from '../../src/core/shown.ts';
import { openModels, type TestModels } from '../library.ts';
import { openApi, type TestApi } from './api.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly pixanoId: string; readonly attributes: Record<string, unknown> }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: Filter, $orderBy: [OrderBy!]) {
  dataset(by: { folder: "health_images" }) {
    items(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { pixanoId attributes }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

describe.each(['items', 'records'] as const)('the items of a dataset of the %s layout', (kind) => {
  let api: TestApi;
  beforeEach(async () => {
    api = await openApi(kind, models);
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const items = async (variables: object): Promise<Page> => {
    const { data, errors } = await api.ask<{ dataset: { items: Page } }>(QUERY, { ...variables });
    expect(errors).toBeUndefined();
    return data.dataset.items;
  };
  const error = async (variables: object) => (await api.ask(QUERY, { ...variables })).errors?.[0]?.message;
  const typeOf = ({ nodes }: Page) => nodes.map(({ attributes }) => attributes.image_type);
  const orderBy = [{ column: 'image_type', direction: 'DESC' }, { column: 'split' }];

  async function add(image_type: string, id: string): Promise<void> {
    const dataset = await api.library.find({ folder: 'health_images' });
    if (dataset === null) throw new Error('The dataset is gone.');
    const [row] = await dataset.getData(dataset.layout.itemTable, { limit: 1 });
    const table = await dataset.store.open(dataset.layout.itemTable);
    const values = { ...row?.values, created_at: new Date(), updated_at: new Date(), id, image_type };
    await table.add(makeArrowTable([values], { schema: await table.schema() }));
  }

  test('are those that pass a filter, counted and paged in the order of the table', async () => {
    const filter = {
      all: [
        { column: { name: 'image_type', is: { in: ['os', 'peau', "'; --"] } } },
        { not: { column: { name: 'split', is: { eq: 'all' } } } },
      ],
    };
    const page = await items({ filter, first: 2 });
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(typeOf(page)).toEqual(['os', 'peau']);
    const next = await items({ filter, first: 2, after: page.pageInfo.endCursor });
    expect(next).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect(typeOf(next)).toEqual(['peau']);
    expect((await items({ filter, last: 1 })).nodes).toEqual(next.nodes);
    expect((await items({ filter: null, orderBy: null })).totalCount).toBe(12);
  });

  test('are ordered by columns, and by id where these say nothing', async () => {
    const { nodes, totalCount } = await items({ orderBy });
    expect(totalCount).toBe(12);
    const keys = nodes.map(({ pixanoId, attributes: { image_type, split } }) =>
      [image_type, split, pixanoId].map(String),
    );
    expect(new Set(keys.map(([type]) => type)).size).toBeGreaterThan(3);
    const plain = keys.toSorted(([a = '', b = '', c = ''], [x = '', y = '', z = '']) =>
      a === x ? (b === y ? (c < z ? -1 : 1) : b < y ? -1 : 1) : a < x ? 1 : -1,
    );
    expect(keys).toEqual(plain);
  });

  test('are paged from either end of an order', async () => {
    const all = await items({ orderBy });
    const first = await items({ orderBy, first: 5 });
    expect(first).toMatchObject({ totalCount: 12, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = await items({ orderBy, first: 5, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...second.nodes]).toEqual(all.nodes.slice(0, 10));
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const last = await items({ orderBy, last: 5 });
    expect(last.nodes).toEqual(all.nodes.slice(7));
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const before = await items({ orderBy, last: 20, before: last.pageInfo.startCursor });
    expect(before.nodes).toEqual(all.nodes.slice(0, 7));
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const none = await items({ orderBy, first: 0 });
    expect(none).toMatchObject({
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null },
    });
  });

  test('keep their cursors while rows are added before and behind', async () => {
    const all = await items({ orderBy });
    const first = await items({ orderBy, first: 5 });
    await add('zebra', 'new-first');
    await add('aardvark', 'new-last');
    const rest = await items({ orderBy, after: first.pageInfo.endCursor });
    expect(rest.totalCount).toBe(14);
    expect(rest.nodes.slice(0, -1)).toEqual(all.nodes.slice(5));
    expect(rest.nodes.at(-1)?.pixanoId).toBe('new-last');
    expect((await items({ orderBy, last: 9, before: first.pageInfo.startCursor })).nodes[0]?.pixanoId).toBe(
      'new-first',
    );

    const plain = await items({ first: 5 });
    await add('newest', 'newest');
    const { nodes } = await items({ after: plain.pageInfo.endCursor });
    expect(nodes).toHaveLength(10);
    expect(nodes.at(-1)?.pixanoId).toBe('newest');
  });

  test('are refused a filter, an order or a cursor that cannot be', async () => {
    const filter = { column: { name: 'colour', is: { eq: 'red' } } };
    expect(await error({ filter })).toMatch('There is no column "colour"; filters may name: id, ');
    expect(await error({ orderBy: [{ column: 'split' }, { column: 'colour' }] })).toMatch(
      'There is no column "colour"; items can be ordered by: id, ',
    );
    expect(await error({ orderBy: [{ column: 'split' }, { column: 'split' }] })).toMatch(
      'names the column "split" twice',
    );
    expect(await error({ orderBy, first: 1, last: 1 })).toMatch('Give "first" or "last", and not both.');
    expect(await error({ orderBy, first: 501 })).toMatch('"first" must be between 0 and 500, not 501.');
    const { endCursor } = (await items({ orderBy, first: 1 })).pageInfo;
    for (const after of [endCursor, 'gone', '']) {
      const other = await error({ orderBy: [{ column: 'split' }], after });
      expect(other).toBe(`"${shown(after ?? '')}" is not a cursor of the items in this order.`);
    }
    expect(await error({ after: endCursor })).toMatch('is not a cursor of this list.');
    expect(await error({ filter: { all: [], any: [] } })).toMatch('Exactly one key must be specified');
  });
});
