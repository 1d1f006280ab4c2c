import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as client from '../../src/client/index.ts';
import { schema } from '../../src/schema/index.ts';
import { startServer, type TestServer } from '../server/running-server.ts';

let server: TestServer;
let service: client.ViewfinderClient;
let dataset: string;
beforeAll(async () => {
  server = await startServer();
  service = client.createClient(server);
  const answer = await service.query(client.DatasetDocument, { by: { folder: 'health_images' } });
  dataset = answer.dataset?.id ?? '';
});
afterAll(() => server[Symbol.asyncDispose]());

const DOCUMENTS = Object.entries(client).flatMap(([name, document]) =>
  typeof document === 'string' && name.endsWith('Document') ? [[name, document] as const] : [],
);

test('there is a document for each thing that a user interface does', () => {
  expect(DOCUMENTS.map(([name]) => name.replace('Document', '')).sort()).toEqual([
    ...['CancelJob', 'Compute', 'CreateIndex', 'CreateTable', 'Dataset', 'Datasets', 'DropTable', 'FollowJob'],
    ...['FollowJobs', 'Items', 'Job', 'Jobs', 'Plugins', 'RetryJob', 'SearchItems'],
  ]);
});

test.each(DOCUMENTS)('%s is one that the schema allows', (_name, document) => {
  expect(validate(schema, parse(document))).toEqual([]);
});

/** With the largest pages that a user interface asks for. */
const QUERIES: readonly (readonly [string, string, object])[] = [
  ['Datasets', client.DatasetsDocument.toString(), { first: 100 }],
  ['Dataset', client.DatasetDocument.toString(), { by: { folder: 'health_images' } }],
  ['Plugins', client.PluginsDocument.toString(), {}],
  ['Items', client.ItemsDocument.toString(), { dataset: { folder: 'health_images' }, first: 100 }],
  [
    'SearchItems',
    client.SearchItemsDocument.toString(),
    { dataset: { folder: 'health_images' }, input: { table: 'emb_tiny', query: { text: 'cells' } }, first: 100 },
  ],
  ['Jobs', client.JobsDocument.toString(), { first: 100 }],
  ['Job', client.JobDocument.toString(), { id: 'none', first: 100 }],
];

test.each(QUERIES)(
  '%s passes the limits of the service with a page of a hundred',
  async (_name, document, variables) => {
    const { errors } = await server.ask(document, variables);
    expect(errors).toBeUndefined();
  },
);

test('jobs are begun, listed, cancelled, tried again and looked at by them', async () => {
  const compute = { input: { dataset, table: 'emb_tiny', recompute: true } };
  const { computeViewEmbeddings: begun } = await service.query(client.ComputeDocument, compute);
  if (begun.__typename !== 'ComputeViewEmbeddingsPayload') throw new Error(begun.message);
  const { id } = begun.job;
  const again = await service.query(client.ComputeDocument, { input: { dataset, table: 'emb_tiny' } });
  const cancelled = await service.query(client.CancelJobDocument, { id });
  expect([again.computeViewEmbeddings, cancelled.cancelEmbeddingJob]).toMatchObject([
    { __typename: 'ConflictError', code: 'JOB_RUNNING', inTheWay: { id } },
    { __typename: 'CancelEmbeddingJobPayload', job: { id } },
  ]);
  const events = await Array.fromAsync(service.followJob(id));
  expect(events.at(-1)?.job.state).toBe('CANCELLED');
  const { retryEmbeddingJob: retried } = await service.query(client.RetryJobDocument, { id });
  expect(retried).toMatchObject({ __typename: 'RetryEmbeddingJobPayload' });
  const { embeddingJobs } = await service.query(client.JobsDocument, { dataset, first: 1 });
  expect(embeddingJobs).toMatchObject({ totalCount: 2, nodes: [{ table: 'emb_tiny' }] });
  const { embeddingJob: job } = await service.query(client.JobDocument, { id });
  expect(job).toMatchObject({ state: 'CANCELLED', failures: { totalCount: 0 } });
  const index = await service.query(client.CreateIndexDocument, { input: { dataset, table: 'none' } });
  const dropped = await service.query(client.DropTableDocument, { dataset, table: 'none' });
  expect([index.createVectorIndex.__typename, dropped.dropEmbeddingTable.__typename]).toEqual([
    'NotFoundError',
    'NotFoundError',
  ]);
});
