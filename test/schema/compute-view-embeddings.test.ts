import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { datasetId, openApi, type TestApi } from './api.ts';

let api: TestApi;
let dataset: string;

beforeEach(async () => {
  api = await openApi('items');
  dataset = await datasetId(api);
});
afterEach(() => api[Symbol.asyncDispose]());

/** The result of the mutation, a payload or an error. */
async function compute(input: Record<string, unknown>) {
  const { data, errors } = await api.ask<{ computeViewEmbeddings: { job?: { id: string } } }>(
    `mutation ($input: ComputeViewEmbeddingsInput!) {
      computeViewEmbeddings(input: $input) {
        __typename
        ... on ComputeViewEmbeddingsPayload { job { id kind state table total dataset { folder } } }
        ... on Error { code message }
        ... on ValidationError { issues { path message } }
        ... on ConflictError { running: job { id } }
        ... on PluginError { plugin model }
      }
    }`,
    { input: { dataset, table: 'emb_tiny', ...input } },
  );
  expect(errors).toBeUndefined();
  return data.computeViewEmbeddings;
}

async function ended(id: string | undefined): Promise<unknown> {
  const source = `query ($id: ID!) { embeddingJob(id: $id) {
    state total embedded skipped failed error startedAt finishedAt
    failures { totalCount nodes { viewTable viewId code message occurredAt view { pixanoId item { attributes } } } }
  } }`;
  return vi.waitFor(
    async () => {
      const { data } = await api.ask<{ embeddingJob: { finishedAt: string | null } }>(source, { id });
      expect(data.embeddingJob.finishedAt).not.toBeNull();
      return data.embeddingJob;
    },
    { timeout: 20_000, interval: 50 },
  );
}

async function viewIds(): Promise<string[]> {
  const { data } = await api.ask<{ dataset: { views: { nodes: { id: string }[] } } }>(
    '{ dataset(by: { folder: "health_images" }) { views { nodes { id } } } }',
  );
  return data.dataset.views.nodes.map(({ id }) => id);
}

describe('computeViewEmbeddings', () => {
  test('begins a job that is asked for until it has ended', async () => {
    const payload = await compute({});
    expect(payload).toMatchObject({
      __typename: 'ComputeViewEmbeddingsPayload',
      job: { kind: 'EMBED', state: 'QUEUED', table: 'emb_tiny', total: 12, dataset: { folder: 'health_images' } },
    });
    expect(await ended(payload.job?.id)).toMatchObject({ state: 'SUCCEEDED', total: 12, embedded: 0, skipped: 12 });
  });

  test('takes the first views of a table, or certain views', async () => {
    const ids = (await viewIds()).slice(3, 5);
    for (const [views, total] of [
      [{ table: { name: 'image', limit: 4 } }, 4],
      [{ ids }, 2],
      [null, 12],
    ] as const) {
      const { job } = await compute({ views, recompute: true });
      expect(await ended(job?.id)).toMatchObject({ state: 'SUCCEEDED', total, embedded: total });
    }
  });

  test('tells which picture failed, and why, and goes on', async () => {
    await rm(join(api.copy.media, 'health_images/all/os-bras.jpg'));
    const { job } = await compute({ recompute: true });
    expect(await ended(job?.id)).toMatchObject({
      state: 'SUCCEEDED',
      embedded: 11,
      failed: 1,
      failures: {
        totalCount: 1,
        nodes: [
          {
            viewTable: 'image',
            code: 'MEDIA_MISSING',
            message: expect.stringContaining('os-bras.jpg'),
            occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
            view: { item: { attributes: { image_type: 'os' } } },
          },
        ],
      },
    });
  });

  test.each([
    ['a dataset', { dataset: 'nonsense' }],
    ['an embedding table', { table: 'gone' }],
    ['a table that holds no embeddings', { table: 'image' }],
    ['a table of views', { views: { table: { name: 'gone' } } }],
    ['a view', { views: { ids: ['nonsense'] } }],
    ['a view that is gone', { views: { ids: [Buffer.from('View:health_images/image/x').toString('base64url')] } }],
  ])('answers the name of %s that is not there with a NotFoundError', async (_what, input) => {
    expect(await compute(input)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
  });

  test.each([
    [['views', 'ids'], { ids: [Buffer.from('View:other/image/x').toString('base64url')] }],
    [['views', 'table', 'limit'], { table: { name: 'image', limit: 0 } }],
  ])('leads to what is wrong with an input: %j', async (path, views) => {
    expect(await compute({ views })).toMatchObject({
      __typename: 'ValidationError',
      code: 'INVALID_INPUT',
      issues: [{ path, message: expect.any(String) }],
    });
  });

  test('names the job that is at work on the table', async () => {
    const first = await compute({ recompute: true });
    expect(await compute({})).toMatchObject({
      __typename: 'ConflictError',
      code: 'JOB_RUNNING',
      running: { id: first.job?.id },
    });
    const { data } = await api.ask<object>(
      '{ dataset(by: { folder: "health_images" }) { embeddingTables { name job { id } } } }',
    );
    expect(data).toEqual({
      dataset: {
        embeddingTables: [
          { name: 'emb_open-clip', job: null },
          { name: 'emb_tiny', job: { id: first.job?.id } },
        ],
      },
    });
  });

  test('answers a table whose model is not here with a PluginError', async () => {
    await rm(join(api.copy.modelFolder, 'pixano-tiny-clip'));
    expect(await compute({})).toMatchObject({
      __typename: 'PluginError',
      code: 'MODEL_MISSING',
      plugin: 'open-clip',
      model: expect.stringContaining('pixano-tiny-clip'),
    });
  });
});
