import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeArrowTable } from '@lancedb/lancedb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { newOwner } from '../../src/jobs/lease.ts';
import { type Connection, connectionFromList } from '../../src/schema/connection.ts';
import { encodeGlobalId } from '../../src/schema/global-id.ts';
import { addViews } from '../core/more-views.ts';
import { NEW_JOB, type OpenRecord, openRecord } from '../jobs/recorded-job.ts';
import { FIXTURES, openModels, type TestModels } from '../library.ts';
import { openApi, type TestApi } from './api.ts';

type Direction = 'forward' | 'backward';
type Page<Node> = Pick<Connection<Node>, 'edges' | 'pageInfo'>;
type Ask<Node> = (args: Record<string, unknown>) => Promise<Page<Node>> | Page<Node>;

const direction = fc.constantFrom<Direction>('forward', 'backward');
const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

/**
 * The nodes of all pages from one end of a list to the other, in the order of the list.
 * @param change what happens to the list after a page
 */
async function walk<Node>(
  way: Direction,
  sizes: readonly number[],
  ask: Ask<Node>,
  change: (page: number) => unknown = () => {},
): Promise<Node[]> {
  let seen: Node[] = [];
  let cursor: string | null = null;
  for (let number = 0; number < 100; number++) {
    const size = sizes[number % sizes.length];
    const args: object = way === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor };
    const { edges, pageInfo }: Page<Node> = await ask({ ...args });
    const nodes = edges.map(({ node }) => node);
    seen = way === 'forward' ? [...seen, ...nodes] : [...nodes, ...seen];
    cursor = way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
    if (!(way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return seen;
    await change(number);
  }
  throw new Error('The list has no end.');
}

describe('a list in memory, walked from either end,', () => {
  const lists = fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 30 });

  test('gives each node once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(lists, sizes, direction, async (list, sizes, way) => {
        expect(await walk(way, sizes, (args) => connectionFromList(list, args, {}, (key) => key))).toEqual(list);
      }),
    );
  });

  test('does so while others are added anywhere', async () => {
    const additions = fc.array(fc.nat({ max: 40 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(lists, sizes, direction, additions, async (list, sizes, way, places) => {
        const now = [...list];
        const add = (page: number) => {
          const place = places[page];
          if (place !== undefined) now.splice(place, 0, `added ${page}`);
        };
        const seen = await walk(way, sizes, (args) => connectionFromList(now, args, {}, (key) => key), add);
        expect(seen.filter((key) => list.includes(key))).toEqual(list);
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });

  test('passes over none while others are taken away, that of the cursor too', async () => {
    const removals = fc.array(fc.nat({ max: 40 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(lists, removals, async (list, places) => {
        const now = [...list];
        const gone = new Set<string>();
        const cursors: string[] = [];
        // One at a time, so that each may lose the node that its cursor names.
        const ask: Ask<string> = (args) => {
          const page = connectionFromList(now, args, {}, (key) => key);
          cursors.push(...page.edges.map(({ node }) => node));
          return page;
        };
        const takeAway = (page: number) => {
          const last = cursors.at(-1);
          if (places[page] === undefined || last === undefined) return;
          gone.add(last);
          now.splice(now.indexOf(last), 1);
        };
        const seen = await walk('forward', [1], ask, takeAway);
        expect(seen.filter((key) => !gone.has(key))).toEqual(list.filter((key) => !gone.has(key)));
      }),
    );
  });
});

const pageOf = (key: string) =>
  `edges { node { ${key} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const PAGE = pageOf('id');
const ARGS = 'first: $first, after: $after, last: $last, before: $before';
const DATASET = 'at: dataset(by: { folder: "health_images" })';
const FILTER = 'filter: { column: { name: "split", is: { ne: "" } } }';

type NodePage = Page<{ readonly id: string }>;

/** The connections of the API. */
const LISTS = {
  items: `${DATASET} { list: items(${ARGS}) { ${PAGE} } }`,
  'items that pass a filter': `${DATASET} { list: items(${ARGS}, ${FILTER}) { ${PAGE} } }`,
  'items in an order': `${DATASET} { list: items(${ARGS}, orderBy: [{ column: "image_type" }]) { ${PAGE} } }`,
  'views, table after table': `${DATASET} { list: views(${ARGS}) { ${PAGE} } }`,
  'views of a table': `${DATASET} { list: views(${ARGS}, table: "image") { ${PAGE} } }`,
  'views of an item': `at: node(id: $item) { ... on Item { list: views(${ARGS}) { ${PAGE} } } }`,
  'vectors of an item': `at: node(id: $item) { ... on Item { list: embeddings(${ARGS}) { ${PAGE} } } }`,
  datasets: `at: library { list: datasets(${ARGS}) { ${PAGE} } }`,
  jobs: `list: embeddingJobs(${ARGS}) { ${PAGE} }`,
  failures: `at: node(id: $job) { ... on EmbeddingJob { list: failures(${ARGS}) { ${pageOf('id: viewId')} } } }`,
};

describe('each connection, walked from either end,', () => {
  let models: TestModels;
  let api: TestApi;
  let dataset: Dataset;
  let record: OpenRecord;
  let itemId: string;
  let jobId: string;
  let added = 0;

  beforeAll(async () => {
    models = await openModels();
    api = await openApi('items', models);
    await addViewTable(join(api.copy.path, 'health_images'), 'depth');
    const found = await api.library.find({ folder: 'health_images' });
    dataset = found ?? expect.fail();
    itemId = (await dataset.getData('item', { limit: 1 }))[0]?.id ?? '';
    record = await openRecord(newOwner(), await api.library.state.writable());
    jobId = record.record.begin(NEW_JOB, 'serve').id;
    for (let count = 0; count < 6; count++) await grow();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  /** One more of everything, at whichever end it comes. */
  async function grow(): Promise<void> {
    added += 1;
    const id = `added-${added}`;
    const view = { url: 'none.jpg', itemId };
    await addViews(dataset, [{ id, ...view }]);
    await addViews(dataset, [{ id, ...view }], 'depth');
    await addItem(dataset, id);
    await cp(join(FIXTURES, 'items/pixano_library/health_images'), join(api.copy.path, id), { recursive: true });
    record.record.begin({ ...NEW_JOB, table: id }, 'serve');
    const failure = { view: { table: 'image', id }, code: 'MEDIA_MISSING', message: 'It is gone.', fingerprint: null };
    record.record.advance(jobId, [failure], () => ({}));
  }

  const ask = (selection: string) => async (args: Record<string, unknown>) => {
    const [item, job] = [encodeGlobalId('Item', `health_images/${itemId}`), encodeGlobalId('EmbeddingJob', jobId)];
    const named = selection.replace('$item', JSON.stringify(item)).replace('$job', JSON.stringify(job));
    const { data, errors } = await api.ask<{ at?: { list: NodePage }; list?: NodePage }>(
      `query ($first: Int, $after: String, $last: Int, $before: String) { ${named} }`,
      args,
    );
    expect(errors ?? []).toEqual([]);
    return data.list ?? data.at?.list ?? expect.fail();
  };
  const idsOf = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id);

  test.each(Object.entries(LISTS))('gives each of the %s once, in order', async (_name, selection) => {
    const all = idsOf((await ask(selection)({})).edges.map(({ node }) => node));
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all).size).toBe(all.length);
    await fc.assert(
      fc.asyncProperty(sizes, direction, async (sizes, way) => {
        expect(idsOf(await walk(way, sizes, ask(selection)))).toEqual(all);
      }),
      { numRuns: 8 },
    );
  });

  test.each(Object.entries(LISTS))('gives each of the %s once while more are added', async (_name, selection) => {
    for (const way of ['forward', 'backward'] as const) {
      const before = idsOf((await ask(selection)({})).edges.map(({ node }) => node));
      const seen = idsOf(await walk(way, [3, 5], ask(selection), (page) => (page < 2 ? grow() : undefined)));
      expect(seen.filter((id) => before.includes(id))).toEqual(before);
      expect(new Set(seen).size).toBe(seen.length);
    }
  });
});

/** A second table of views in a dataset of the items layout, with the rows of the first. */
async function addViewTable(folder: string, name: string): Promise<void> {
  await cp(join(folder, 'db/image.lance'), join(folder, 'db', `${name}.lance`), { recursive: true });
  const path = join(folder, 'schema.json');
  const schema = JSON.parse(await readFile(path, 'utf8'));
  schema.schemas[name] = schema.schemas.image;
  schema.groups.views.push(name);
  await writeFile(path, JSON.stringify(schema));
}

async function addItem(dataset: Dataset, id: string): Promise<void> {
  const [row] = await dataset.getData('item', { limit: 1 });
  const table = await dataset.store.open('item');
  const values = { ...row?.values, created_at: new Date(), updated_at: new Date(), id };
  await table.add(makeArrowTable([values], { schema: await table.schema() }));
}
