import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddingTable } from '../../src/core/embedding-table.ts';
import { ClusteredVectors, clusteredTable } from '../core/index/clustered-table.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { openModels, type TestModels } from '../library.ts';
import { datasetId, openApi, type TestApi } from './api.ts';

const ROWS = 2000;

const CREATE = `mutation ($input: CreateVectorIndexInput!) {
  createVectorIndex(input: $input) {
    __typename
    ... on Error { code message }
    ... on ValidationError { issues { path } }
    ... on ConflictError { inTheWay: job { id kind } }
    ... on CreateVectorIndexPayload { table { name } job { id kind state table total embedded retryOf { id } } }
  }
}`;
const INDEX = `{
  dataset(by: { folder: "health_images" }) {
    embeddingTable(name: "emb") {
      index {
        type indexedRows unindexedRows recallAt10 minRecallAt10 used probes measuredWith measuredAt
      }
      findings { code }
      job { id }
    }
  }
}`;

interface Created {
  readonly createVectorIndex: {
    readonly __typename: string;
    readonly code?: string;
    readonly job?: { readonly id: string; readonly kind: string } | null;
  };
}

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let api: TestApi;
let table: EmbeddingTable;
let vectors: ClusteredVectors;
beforeEach(async () => {
  api = await openApi('items', models, 1000);
  vectors = new ClusteredVectors();
  const dataset = await api.library.find({ folder: 'health_images' });
  if (dataset === null) throw new Error('The library has lost its dataset.');
  table = await clusteredTable(dataset, vectors.take(ROWS));
});
afterEach(() => api[Symbol.asyncDispose]());

async function create(input: object): Promise<Created['createVectorIndex']> {
  const variables = { input: { dataset: await datasetId(api), table: 'emb', ...input } };
  const { data, errors } = await api.ask<Created>(CREATE, variables);
  expect(errors).toBeUndefined();
  return data.createVectorIndex;
}

async function ended() {
  const [job] = api.jobs.list({ first: 1 });
  const events = await Array.fromAsync(api.jobs.follow(job?.id ?? ''));
  return events.map((event) => event.job);
}

async function shown() {
  const { data } = await api.ask<{ dataset: { embeddingTable: { index: unknown; findings: unknown[] } } }>(INDEX);
  return data.dataset.embeddingTable;
}

describe('createVectorIndex', () => {
  test('begins a job of the kind INDEX, whose counters add up, and shows what was measured', async () => {
    const created = await create({});
    expect(created).toMatchObject({
      __typename: 'CreateVectorIndexPayload',
      table: { name: 'emb' },
      job: { kind: 'INDEX', state: 'QUEUED', table: 'emb', total: ROWS, embedded: 0 },
    });
    expect(await shown()).toMatchObject({ job: { id: created.job?.id } });
    const snapshots = await ended();
    for (const { kind, total, embedded, skipped, failed } of snapshots) {
      expect([kind, total, skipped, failed]).toEqual(['INDEX', ROWS, 0, 0]);
      expect(embedded).toBeLessThanOrEqual(ROWS);
    }
    expect(snapshots.at(-1)).toMatchObject({ state: 'SUCCEEDED', embedded: ROWS });
    expect(await shown()).toEqual({
      index: {
        type: 'IVF_FLAT',
        indexedRows: ROWS,
        unindexedRows: 0,
        recallAt10: expect.closeTo(0.975, 1),
        minRecallAt10: 0.95,
        used: true,
        probes: expect.any(Number),
        measuredWith: 'ROWS',
        measuredAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      findings: expect.not.arrayContaining([{ code: 'INDEX_UNMEASURED' }]),
      job: null,
    });
  });

  test('shows an index of another program without a recall, and that it is not used', async () => {
    await (await table.lance()).createIndex('vector');
    const { index, findings } = await shown();
    expect(index).toMatchObject({ type: 'IVF_PQ', recallAt10: null, used: false, probes: null, measuredAt: null });
    expect(findings).toContainEqual({ code: 'INDEX_UNMEASURED' });
  });

  test('refuses what cannot be', async () => {
    expect(await create({ type: 'BTREE' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/IVF_FLAT \(.*IVF_HNSW_SQ \(.*IVF_PQ \(/),
      issues: [{ path: ['type'] }],
    });
    expect(await create({ minRecallAt10: 1.2 })).toMatchObject({ issues: [{ path: ['minRecallAt10'] }] });
    expect(await create({ table: 'image' })).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    expect(await create({ table: 'emb_tiny', type: 'IVF_PQ' })).toMatchObject({
      __typename: 'ConflictError',
      code: 'CONFLICT',
      message: expect.stringContaining('12 rows'),
      inTheWay: null,
    });
  });

  test('of a table that is at work is a conflict that names its job, and the other way round', async () => {
    const { job } = await create({});
    expect(await create({ type: 'IVF_PQ' })).toMatchObject({
      code: 'JOB_RUNNING',
      inTheWay: { id: job?.id, kind: 'INDEX' },
    });
    const compute = `mutation ($input: ComputeViewEmbeddingsInput!) {
      computeViewEmbeddings(input: $input) { ... on ConflictError { code job { id } } }
    }`;
    const { data } = await api.ask(compute, { input: { dataset: await datasetId(api), table: 'emb' } });
    expect(data).toMatchObject({ computeViewEmbeddings: { code: 'JOB_RUNNING', job: { id: job?.id } } });
    await ended();
  });

  test('fails where the recall stays too low; asking for the same again is refused at once', async () => {
    table = await clusteredTable(
      (await api.library.find({ folder: 'health_images' })) ?? expect.unreachable(),
      Array.from({ length: ROWS }, () => vectors.next(100)),
      { name: 'noise' },
    );
    const input = { table: 'noise', type: 'IVF_PQ', minRecallAt10: 1 };
    expect(await create(input)).toMatchObject({ __typename: 'CreateVectorIndexPayload' });
    const last = (await ended()).at(-1);
    expect(last).toMatchObject({ state: 'FAILED', error: expect.stringContaining('RECALL_TOO_LOW') });
    expect(await create(input)).toMatchObject({ __typename: 'ConflictError', code: 'RECALL_TOO_LOW', inTheWay: null });
  });
});
