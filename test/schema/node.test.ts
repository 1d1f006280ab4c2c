import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datasetId, openApi, type TestApi } from './api.ts';

let api: TestApi;
/** The id of a node of each type. */
let ids: Record<string, string>;

beforeAll(async () => {
  api = await openApi('items');
  const { data } = await api.ask<{
    dataset: {
      id: string;
      items: { nodes: [{ id: string; views: { nodes: [{ id: string }] }; embeddings: { nodes: [{ id: string }] } }] };
      embeddingTable: { id: string };
    };
  }>(`{
    dataset(by: { folder: "health_images" }) {
      id
      items(first: 1) { nodes { id views { nodes { id } } embeddings(first: 1) { nodes { id } } } }
      embeddingTable(name: "emb_tiny") { id }
    }
  }`);
  const [item] = data.dataset.items.nodes;
  const dataset = await api.library.find({ folder: 'health_images' });
  if (dataset === null) throw new Error('The fixture is gone.');
  const job = await api.jobs.start(dataset, { table: 'emb_tiny' });
  ids = {
    Dataset: data.dataset.id,
    Item: item.id,
    View: item.views.nodes[0].id,
    ViewEmbedding: item.embeddings.nodes[0].id,
    EmbeddingTable: data.dataset.embeddingTable.id,
    EmbeddingJob: Buffer.from(`EmbeddingJob:${job.id}`).toString('base64url'),
  };
});
afterAll(() => api[Symbol.asyncDispose]());

async function node(id: string): Promise<unknown> {
  const { data, errors } = await api.ask<{ node: unknown }>('query ($id: ID!) { node(id: $id) { __typename id } }', {
    id,
  });
  expect(errors).toBeUndefined();
  return data.node;
}

/** The id of a node that there could be. */
function idOf(text: string): string {
  return Buffer.from(text).toString('base64url');
}

const TYPES = ['Dataset', 'Item', 'View', 'ViewEmbedding', 'EmbeddingTable', 'EmbeddingJob'];

describe('an id', () => {
  test.each(TYPES)('of type %s leads back to its node', async (type) => {
    const id = ids[type] ?? '';
    expect(await node(id)).toEqual({ __typename: type, id });
  });

  test.each(TYPES)('of type %s is opaque and says nothing of the machine', (type) => {
    const id = ids[type] ?? '';
    expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(id, 'base64url').toString()).not.toContain(api.copy.path);
  });

  test('leads back together with others, in their order', async () => {
    const wanted = [ids.View, ids.Dataset, idOf('Item:health_images/gone'), ids.ViewEmbedding];
    const { data, errors } = await api.ask<{ nodes: unknown }>('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: wanted,
    });
    expect(errors).toBeUndefined();
    expect(data.nodes).toEqual([{ id: ids.View }, { id: ids.Dataset }, null, { id: ids.ViewEmbedding }]);
  });

  test.each([
    ['is of no service', 'http://example.com/1'],
    ['is empty', ''],
    ['names a type that is no node', idOf('Table:health_images/image')],
    ['names a type that is unknown', idOf('Secret:1')],
    ['names no type', idOf('health_images')],
    ['names another dataset', idOf('Dataset:other')],
    ['leads out of the library', idOf('Dataset:../pixano_library/health_images')],
    ['names an item that is gone', idOf('Item:health_images/gone')],
    ['names an item of another dataset', idOf('Item:other/x')],
    ['has too few parts', idOf('View:health_images')],
    ['holds a quote', idOf("View:health_images/image/' OR 1=1 --")],
    ['names a table that is gone', idOf('EmbeddingTable:health_images/gone')],
    ['names a table of pictures', idOf('EmbeddingTable:health_images/image')],
    ['names a vector that is gone', idOf('ViewEmbedding:health_images/emb_tiny/gone')],
    ['names a job that is unknown', idOf('EmbeddingJob:gone')],
  ])('is null where it %s', async (_what, id) => {
    expect(await node(id)).toBeNull();
  });

  test('of another type or service is null where one dataset or job is asked for', async () => {
    for (const id of [ids.Item, 'nonsense']) {
      const { data, errors } = await api.ask<object>(
        'query ($id: ID!) { dataset(by: { id: $id }) { id } embeddingJob(id: $id) { id } }',
        { id },
      );
      expect(errors).toBeUndefined();
      expect(data).toEqual({ dataset: null, embeddingJob: null });
    }
  });

  test('comes with at most 500 others', async () => {
    const { errors } = await api.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array.from({ length: 501 }, () => ids.Dataset),
    });
    expect(errors).toMatchObject([{ message: 'At most 500 ids may be given, not 501.' }]);
  });
});

test('a dataset is found by id, Pixano id, folder and name', async () => {
  const id = await datasetId(api);
  for (const by of [{ id }, { pixanoId: 'health_images' }, { folder: 'health_images' }, { name: 'Health Images' }]) {
    const { data } = await api.ask<object>('query ($by: DatasetBy!) { dataset(by: $by) { id } }', { by });
    expect([by, data]).toEqual([by, { dataset: { id } }]);
  }
  const { data } = await api.ask<object>('{ dataset(by: { folder: "../pixano_library/health_images" }) { id } }');
  expect(data).toEqual({ dataset: null });
});
