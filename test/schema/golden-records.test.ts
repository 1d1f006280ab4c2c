import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { openModels, type TestModels } from '../library.ts';
import { startServer } from '../server/running-server.ts';
import { goldenExchanges } from './golden.ts';
import { columnsOf, datasets, filters } from './golden-records-dataset.ts';
import { records } from './golden-records-items.ts';
import { searches } from './golden-records-search.ts';
import { type Check, DatasetService, testExchanges } from './golden-service.ts';

let models: TestModels;
let service: DatasetService;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

async function start(): Promise<void> {
  service = new DatasetService(await startServer('records', {}, models));
}

describe('what Pixano 0.8.0 answers over REST before it has embeddings is answered here over GraphQL', async () => {
  const PATH = 'records/rest_a.json';
  beforeAll(async () => {
    await start();
    const folder = join(service.server.copy.path, 'health_images');
    await rm(join(folder, 'embeddings.json'));
    await rm(join(folder, 'db/embeddings.lance'), { recursive: true });
  });
  afterAll(() => service.server[Symbol.asyncDispose]());

  const checks: Record<string, Check> = {
    'search-before-compute': async (_recorded, { errorOf }) => {
      const error = await errorOf('search(input: { query: { text: "microscope" } }) { nodes { id } }');
      expect(error).toMatchObject({ message: /no embedding table yet/, extensions: { code: 'INVALID_INPUT' } });
    },
    'filters-before-compute': async (recorded, { ask }) => {
      await columnsOf(recorded, service);
      expect(filters.parse(recorded.json).search.status).toBe('absent');
      expect(await ask('embeddingTables { name }')).toEqual({ embeddingTables: [] });
    },
    'embeddings-before-compute': async (_recorded, { ask }) => {
      expect(await ask('embeddingTable(name: "embeddings") { name }')).toEqual({ embeddingTable: null });
    },
    'compute-unknown-dataset': async (_recorded, { server }) => {
      const { data } = await server.ask<{ computeViewEmbeddings: object }>(
        `mutation { computeViewEmbeddings(input: { dataset: "${Buffer.from('Dataset:nope').toString('base64')}", table: "embeddings" }) {
          __typename ... on NotFoundError { code }
        } }`,
      );
      expect(data.computeViewEmbeddings).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    },
    // Pixano answers that it has begun; here it is waited for, and searched.
    compute: async ({ request }, asked) => {
      const { id } = await asked.ask<{ id: string }>('id');
      const input = { dataset: id, table: 'embeddings' };
      const made = {
        dataset: id,
        name: 'embeddings',
        embeddingFunction: 'open-clip',
        options: { name: request.json?.model },
      };
      const { data } = await asked.server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
        `mutation ($made: CreateEmbeddingTableInput!, $input: ComputeViewEmbeddingsInput!) {
          createEmbeddingTable(input: $made) { __typename }
          computeViewEmbeddings(input: $input) { ... on ComputeViewEmbeddingsPayload { job { id } } }
        }`,
        { made, input },
      );
      const query = 'subscription ($id: ID!) { embeddingJob(id: $id) { job { embedded } } }';
      const events = asked.server.sse().iterate({ query, variables: { id: data.computeViewEmbeddings.job.id } });
      const last = (await Array.fromAsync(events)).at(-1);
      expect(last?.data).toEqual({ embeddingJob: { job: { embedded: 12 } } });
      const [search] = (await goldenExchanges('records/rest_b.json')).filter(({ name }) => name === 'search-text');
      if (search) await searches['search-text']?.(search, asked);
    },
  };
  testExchanges(PATH, await goldenExchanges(PATH), checks, () => service);
});

describe('what it answers once it has them is answered here', async () => {
  const PATH = 'records/rest_b.json';
  beforeAll(start);
  afterAll(() => service.server[Symbol.asyncDispose]());

  const checks = { ...datasets, ...records, ...searches };
  testExchanges(PATH, await goldenExchanges(PATH), checks, () => service);
});
