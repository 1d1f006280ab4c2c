import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { expectEveryCase } from '../golden.ts';
import { openModels, type TestModels } from '../library.ts';
import { startServer, type TestServer } from '../server/running-server.ts';
import { type Exchange, expectHits, goldenExchanges, isBody, parametersOf, searchFor } from './golden.ts';

// What Pixano 0.8.0 answered over REST, before and after it had computed its embeddings, asked over HTTP and GraphQL.

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let server: TestServer;

const DATASET = 'dataset(by: { folder: "health_images" })';

async function ask<Data>(fields: string): Promise<Data> {
  const { data, errors } = await server.ask<{ dataset: Data }>(`{ ${DATASET} { ${fields} } }`);
  expect(errors).toBeUndefined();
  return data.dataset;
}

async function errorOf(fields: string) {
  return (await server.ask<unknown>(`{ ${DATASET} { ${fields} } }`)).errors?.[0];
}

interface Nodes<Node> {
  readonly nodes: Node[];
  readonly totalCount: number;
}

const record = z.looseObject({ id: z.string() });
const listing = z.object({ items: z.array(record), total: z.int() });

/** What an item shows of a record: all but when it was made and changed. */
const ownColumns = ({ created_at: _made, updated_at: _changed, ...own }: z.infer<typeof record>) => own;

const noDatasetCheck = async () => {
  expect(await server.ask('{ dataset(by: { pixanoId: "nope" }) { id } }')).toEqual({ data: { dataset: null } });
};

const TYPES: Record<string, string> = { str: 'string', datetime: 'timestamp[us]' };
const filters = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string(), filterable: z.boolean(), sortable: z.boolean() })),
  search: z.object({ status: z.string(), embedded_rows: z.int(), total_records: z.int() }),
});

const columnsCheck = async ({ json }: Exchange) => {
  const { columns, search } = filters.parse(json);
  const { itemColumns, itemCount } = await ask<{ itemColumns: { name: string }[]; itemCount: number }>(
    'itemCount itemColumns { name type filterable sortable }',
  );
  const expected = columns.map(({ type, ...column }) => ({ ...column, type: TYPES[type] }));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(itemColumns.toSorted(byName)).toEqual(expected.toSorted(byName));
  expect(itemCount).toBe(search.total_records);
};

function describeGolden(
  path: string,
  exchanges: readonly Exchange[],
  checks: Record<string, (of: Exchange) => unknown>,
) {
  test.each(Object.entries(checks))('%s', async (name, check) => {
    const recorded = exchanges.find((each) => each.name === name);
    if (recorded === undefined) throw new Error(`${name} was not recorded.`);
    await check(recorded);
  });
  const names = exchanges.map(({ name }) => name);
  test('in every case that has a meaning here', () => expectEveryCase(path, names, Object.keys(checks)));
}

describe('what Pixano 0.8.0 answers before it has embeddings is answered here', async () => {
  const PATH = 'records/rest_a.json';
  beforeAll(async () => {
    server = await startServer('records', {}, models);
    const folder = join(server.copy.path, 'health_images');
    await rm(join(folder, 'embeddings.json'));
    await rm(join(folder, 'db/embeddings.lance'), { recursive: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describeGolden(PATH, await goldenExchanges(PATH), {
    'search-before-compute': async () => {
      const error = await errorOf('search(input: { query: { text: "microscope" } }) { nodes { id } }');
      expect(error).toMatchObject({ message: /no embedding table yet/, extensions: { code: 'INVALID_INPUT' } });
    },
    'filters-before-compute': async (recorded) => {
      await columnsCheck(recorded);
      expect(filters.parse(recorded.json).search.status).toBe('absent');
      expect(await ask('embeddingTables { name }')).toEqual({ embeddingTables: [] });
    },
    'embeddings-before-compute': async () => {
      expect(await ask('embeddingTable(name: "embeddings") { name }')).toEqual({ embeddingTable: null });
    },
    'compute-unknown-dataset': async () => {
      const { data } = await server.ask<{ computeViewEmbeddings: object }>(
        `mutation { computeViewEmbeddings(input: { dataset: "${Buffer.from('Dataset:nope').toString('base64')}", table: "embeddings" }) {
          __typename ... on NotFoundError { code }
        } }`,
      );
      expect(data.computeViewEmbeddings).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    },
  });
});

describe('what Pixano 0.8.0 answers once it has embeddings is answered here', async () => {
  const PATH = 'records/rest_b.json';
  const exchanges = await goldenExchanges(PATH);
  beforeAll(async () => {
    server = await startServer('records', {}, models);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const infoSchema = z.object({ id: z.string(), name: z.string(), description: z.string(), num_records: z.int() });
  const infoCheck = async (json: unknown) => {
    const { id, name, description, num_records } = infoSchema.parse(json);
    expect(await ask('pixanoId name description itemCount layout')).toEqual({
      pixanoId: id,
      name,
      description,
      itemCount: num_records,
      layout: 'RECORDS',
    });
  };

  interface ItemNode {
    readonly pixanoId: string;
    readonly attributes: Record<string, unknown>;
  }
  const items = async () =>
    (await ask<{ items: Nodes<ItemNode> }>('items { nodes { pixanoId attributes } totalCount }')).items;

  const found = z.object({ items: z.array(record.extend({ _distance: z.number() })) });
  const searchCheck = async ({ request, json }: Exchange) => {
    const { text, k } = z.object({ text: z.string(), k: z.int().max(500).default(50).catch(500) }).parse(request.json);
    const hits = await searchFor(server, { table: 'embeddings', text }, { limit: k });
    expectHits(
      hits,
      found.parse(json).items.map(({ _distance, ...each }) => ({ item: ownColumns(each), distance: _distance })),
    );
    // By cosine, of which the distance is what is missing to 1.
    for (const { distance, similarity } of hits) expect(similarity).toBeCloseTo(1 - distance, 6);
  };
  const search = (text: string) => `search(input: { ${text} }) { nodes { id } }`;

  interface ViewNode {
    readonly pixanoId: string;
    readonly mediaUrl: string;
    readonly thumbnailUrl: string;
  }
  const viewNamed = async (id: string) => {
    const { views } = await ask<{ views: Nodes<ViewNode> }>(
      'views { nodes { pixanoId mediaUrl thumbnailUrl(size: PX_256) } }',
    );
    return views.nodes.find(({ pixanoId }) => pixanoId === id);
  };
  const image = z.object({
    id: z.string(),
    record_id: z.string(),
    width: z.int(),
    height: z.int(),
    format: z.string(),
  });
  const asView = ({ id, record_id, ...shape }: z.infer<typeof image>) => {
    return { pixanoId: id, item: { pixanoId: record_id }, ...shape };
  };
  const VIEW = 'pixanoId width height format item { pixanoId }';

  describeGolden(PATH, exchanges, {
    datasets: async ({ json }) => {
      const [only, ...others] = z.array(infoSchema).parse(json);
      expect(others).toEqual([]);
      await infoCheck(only);
    },
    'dataset-info': ({ json }) => infoCheck(json),
    'dataset-info-404': noDatasetCheck,
    dataset: async ({ json }) => {
      const recorded = Object.keys(z.object({ tables: z.record(z.string(), z.string()) }).parse(json).tables);
      const { tables } = await ask<{ tables: { name: string }[] }>('tables { name }');
      expect(tables.map(({ name }) => name)).toEqual(recorded.sort());
    },
    'dataset-stats': async ({ json }) => {
      const { tables } = await ask<{ tables: { name: string; group: string; rowCount: number }[] }>(
        'tables { name group rowCount }',
      );
      const groups: Record<string, string> = {
        annotations: 'ANNOTATION',
        embeddings: 'EMBEDDING',
        entities: 'ENTITY',
        views: 'VIEW',
      };
      for (const [group, counts] of Object.entries(z.record(z.string(), z.record(z.string(), z.int())).parse(json))) {
        const ours = tables.filter((table) => table.group === groups[group]);
        expect(Object.fromEntries(ours.map(({ name, rowCount }) => [name, rowCount]))).toEqual(counts);
      }
    },
    'dataset-splits': async ({ json }) => {
      const { nodes } = await items();
      const group = ({ attributes }: ItemNode) => JSON.stringify([attributes.split, attributes.status]);
      const counts = Object.entries(Object.groupBy(nodes, group)).map(([key, each]) => [
        ...JSON.parse(key),
        each?.length,
      ]);
      const recorded = z.array(z.object({ split: z.string(), status: z.string(), count: z.int() })).parse(json);
      expect(counts.sort()).toEqual(recorded.map(({ split, status, count }) => [split, status, count]).sort());
    },
    filters: async (recorded) => {
      await columnsCheck(recorded);
      const { status, embedded_rows, total_records } = filters.parse(recorded.json).search;
      expect(await ask('embeddingTable(name: "embeddings") { health embeddedViewCount viewCount distance }')).toEqual({
        embeddingTable: {
          health: status.toUpperCase(),
          embeddedViewCount: embedded_rows,
          viewCount: total_records,
          distance: 'COSINE',
        },
      });
    },
    // Pixano orders them by id.
    records: async ({ json }) => {
      const { items: recorded, total } = listing.parse(json);
      const { nodes, totalCount } = await items();
      const ours = nodes.map(({ pixanoId, attributes }) => ({ id: pixanoId, ...attributes }));
      expect(ours.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(recorded.map(ownColumns));
      expect(totalCount).toBe(total);
    },
    'records-limit-1001': async (recorded) => {
      const error = await errorOf(`items(first: ${parametersOf(recorded).get('limit')}) { totalCount }`);
      expect(error).toMatchObject({ message: /between 0 and 500/, extensions: { code: 'INVALID_INPUT' } });
    },
    'records-limit-0': async () => {
      expect(await ask('items(first: 0) { nodes { id } }')).toEqual({ items: { nodes: [] } });
    },
    'records-offset-past-end': async ({ json }) => {
      type Page = { items: { nodes: object[]; totalCount: number; pageInfo: { endCursor: string } } };
      const { items: all } = await ask<Page>('items { nodes { id } totalCount pageInfo { endCursor } }');
      const { items: none } = await ask<Page>(`items(after: "${all.pageInfo.endCursor}") { nodes { id } totalCount }`);
      expect({ items: none.nodes, total: none.totalCount }).toEqual(listing.parse(json));
    },
    'records-404-dataset': noDatasetCheck,
    record: async ({ json }) => {
      const { id, ...attributes } = ownColumns(record.parse(json));
      expect(await ask(`item(pixanoId: "${id}") { pixanoId attributes }`)).toEqual({
        item: { pixanoId: id, attributes },
      });
    },
    'record-404': async () => {
      expect(await ask('item(pixanoId: "nope") { id }')).toEqual({ item: null });
    },
    images: async ({ json }) => {
      const { items: recorded, total } = listing.extend({ items: z.array(image) }).parse(json);
      expect(await ask(`views(table: "images", first: 2) { nodes { ${VIEW} } totalCount }`)).toEqual({
        views: { nodes: recorded.map(asView), totalCount: total },
      });
    },
    'images-of-record': async (recorded) => {
      const { items: views } = listing.extend({ items: z.array(image) }).parse(recorded.json);
      const id = parametersOf(recorded).get('record_id');
      expect(await ask(`item(pixanoId: "${id}") { views { nodes { ${VIEW} } } }`)).toEqual({
        item: { views: { nodes: views.map(asView) } },
      });
    },
    image: async ({ json }) => {
      const expected = asView(image.parse(json));
      const { item } = await ask<{ item: object }>(
        `item(pixanoId: "${expected.item.pixanoId}") { views { nodes { ${VIEW} } } }`,
      );
      expect(item).toEqual({ views: { nodes: [expected] } });
    },
    'image-blob': async (recorded) => {
      const view = await viewNamed(recorded.request.url.split('/').at(-2) ?? '');
      const response = await fetch(server.origin + view?.mediaUrl);
      expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
      expect(isBody(await response.bytes(), recorded)).toBe(true);
    },
    'image-preview-256': async (recorded) => {
      const view = await viewNamed(recorded.request.url.split('/').at(-2) ?? '');
      const response = await fetch(server.origin + view?.thumbnailUrl);
      expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
      const { width, height } = await sharp(await response.bytes()).metadata();
      // The picture is smaller than was asked for, and is not made larger.
      expect([width, height]).toEqual([96, 96]);
    },
    'image-blob-404': async ({ status }) => {
      const { views } = await ask<{ views: Nodes<ViewNode> }>('views(first: 1) { nodes { pixanoId mediaUrl } }');
      const [view] = views.nodes;
      const url = view?.mediaUrl.replace(view.pixanoId, 'nope');
      expect((await fetch(server.origin + url)).status).toBe(status);
    },
    embeddings: async ({ json }) => {
      const shown = z.object({ id: z.string(), record_id: z.string(), view_id: z.string(), shape: z.array(z.int()) });
      for (const { id, record_id, view_id, shape } of listing.extend({ items: z.array(shown) }).parse(json).items) {
        const fields = 'embeddings(table: "embeddings") { nodes { pixanoId shape view { pixanoId } } }';
        expect(await ask(`item(pixanoId: "${record_id}") { ${fields} }`)).toEqual({
          item: { embeddings: { nodes: [{ pixanoId: id, shape, view: { pixanoId: view_id } }] } },
        });
      }
    },
    'search-text': searchCheck,
    'search-text-default-k': searchCheck,
    'search-bone': searchCheck,
    'search-skin': searchCheck,
    'search-k-huge': searchCheck,
    'search-k-0': async () => {
      expect(await searchFor(server, { table: 'embeddings', text: 'microscope' }, { limit: 0 })).toEqual([]);
    },
    'search-neither': async () => {
      expect(await errorOf(search('query: {}'))).toMatchObject({ message: /exactly one key/i });
    },
    // Pixano 0.8 takes it for no text, 0.6 for one like others.
    'search-empty-text': async () => {
      expect(await searchFor(server, { table: 'embeddings', text: '' }, { limit: 500 })).toHaveLength(12);
    },
    'search-404': noDatasetCheck,
    'inference-embedding-text': async ({ request, json }) => {
      const model = await models.models.load('open-clip', { name: 'pixano-tiny-clip', pretrained: '' });
      const { model: _name, ...texts } = z.object({ model: z.string(), text: z.string() }).parse(request.json);
      const [vector] = await model.embedTexts(Object.values(texts));
      const values = z.object({ $floats: z.literal(vector?.length ?? 0), head: z.array(z.number()) });
      const { data } = z.object({ data: z.object({ embedding: z.object({ values }) }) }).parse(json);
      const { head } = data.embedding.values;
      for (const [i, component] of head.entries()) expect(vector?.[i]).toBeCloseTo(component, 5);
    },
    'compute-again': async () => {
      const { id } = await ask<{ id: string }>('id');
      const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
        `mutation ($id: ID!) { computeViewEmbeddings(input: { dataset: $id, table: "embeddings" }) {
          ... on ComputeViewEmbeddingsPayload { job { id } }
        } }`,
        { id },
      );
      const states: unknown[] = [];
      const source = {
        query: 'subscription ($id: ID!) { embeddingJob(id: $id) { job { state total embedded skipped } } }',
      };
      const events = server.sse().iterate({ ...source, variables: { id: data.computeViewEmbeddings.job.id } });
      for await (const { data: event } of events) states.push(event?.embeddingJob);
      expect(states.at(-1)).toEqual({ job: { state: 'SUCCEEDED', total: 12, embedded: 0, skipped: 12 } });
    },
    'compute-other-model': async () => {
      const { id } = await ask<{ id: string }>('id');
      const input = { dataset: id, name: 'embeddings', embeddingFunction: 'open-clip', existOk: true };
      const { data } = await server.ask<{ createEmbeddingTable: object }>(
        `mutation ($input: CreateEmbeddingTableInput!) { createEmbeddingTable(input: $input) {
          __typename
        } }`,
        { input: { ...input, options: { name: 'free-batch', pretrained: 'random' } } },
      );
      expect(data.createEmbeddingTable).toEqual({ __typename: expect.stringMatching(/^(Conflict|Validation)Error$/) });
    },
  });
});
