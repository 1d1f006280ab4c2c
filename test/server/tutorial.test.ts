import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ComputeDocument,
  CreateTableDocument,
  createClient,
  DatasetsDocument,
  ItemsDocument,
  type JobEventFragment,
  SearchItemsDocument,
} from '../../src/client/index.ts';
import { goldenSearches } from '../schema/golden.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

function expectWholeStory(events: readonly JobEventFragment[]): void {
  const jobs = events.map(({ job }) => job);
  const states = jobs.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
  expect(states).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED'].slice(-states.length));
  expect(jobs.at(-1)).toMatchObject({ state: 'SUCCEEDED', total: 12, embedded: 12, skipped: 0, failed: 0 });
  const embedded = jobs.map((job) => job.embedded);
  expect(embedded).toEqual(embedded.toSorted((a, b) => a - b));
}

test('the tutorial runs through GraphQL alone', async () => {
  const { url } = server;
  const client = createClient({ url });
  const { library } = await client.query(DatasetsDocument, {});
  const dataset = library.datasets.nodes.find(({ folder }) => folder === 'health_images')?.id ?? '';

  const made = await client.query(CreateTableDocument, {
    input: { dataset, name: 'emb_new', embeddingFunction: 'open-clip', relation: 'ONE_TO_ONE' },
  });
  expect(made).toMatchObject({
    createEmbeddingTable: { table: { name: 'emb_new', dimensions: 512, health: 'EMPTY' } },
  });

  const taken = await client.query(ItemsDocument, { dataset: { folder: 'health_images' }, first: 100 });
  expect(taken.dataset?.items.nodes.flatMap((item) => item.views.nodes)).toHaveLength(12);

  const { computeViewEmbeddings: begun } = await client.query(ComputeDocument, {
    input: { dataset, table: 'emb_new' },
  });
  expect(begun).toMatchObject({ job: { state: 'QUEUED', total: 12 } });
  const id = begun.__typename === 'ComputeViewEmbeddingsPayload' ? begun.job.id : '';

  const overSockets = createClient({ url, subscriptions: 'websocket' });
  const [overSse, overSocket] = await Promise.all([
    Array.fromAsync(client.followJob(id)),
    Array.fromAsync(overSockets.followJob(id)),
  ]);
  expectWholeStory(overSse);
  expectWholeStory(overSocket);

  const searches = (await goldenSearches('emb_open-clip')).filter(({ args }) => args.limit === 5 && args.skip === 0);
  expect(searches.length).toBeGreaterThan(7);
  for (const { args, items, distances } of searches) {
    const input = { table: 'emb_new', query: { text: args.query } };
    const found = await client.query(SearchItemsDocument, { dataset: { folder: 'health_images' }, input, first: 5 });
    const edges = found.dataset?.search.edges ?? [];
    expect(edges.map(({ node }) => node.pixanoId)).toEqual(items);
    for (const [index, { distance }] of edges.entries()) {
      expect(Math.abs(distance - (distances[index] ?? Number.NaN))).toBeLessThan(1e-5);
    }
  }
  expect(server.log).toEqual([]);
});
