import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { openDataset, openModels, type TestModels } from '../library.ts';
import { datasetId, openApi, type TestApi } from './api.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let api: TestApi;
let dataset: string;
beforeEach(async () => {
  api = await openApi('items', models);
  dataset = await datasetId(api);
});
afterEach(() => api[Symbol.asyncDispose]());

interface Job {
  readonly id: string;
  readonly state: string;
  readonly table: string;
}
interface Page {
  readonly nodes: Job[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string };
}

async function begin(table: string, recompute = false): Promise<string> {
  const { data } = await api.ask<{ computeViewEmbeddings: { job: Job } }>(
    `mutation ($input: ComputeViewEmbeddingsInput!) {
      computeViewEmbeddings(input: $input) { ... on ComputeViewEmbeddingsPayload { job { id } } }
    }`,
    { input: { dataset, table, recompute } },
  );
  return data.computeViewEmbeddings.job.id;
}

async function job<Data = Job>(id: string, fields = 'id state'): Promise<Data> {
  const { data } = await api.ask<{ embeddingJob: Data }>(`query ($id: ID!) { embeddingJob(id: $id) { ${fields} } }`, {
    id,
  });
  return data.embeddingJob;
}

const inState = (id: string, state: string) =>
  vi.waitFor(async () => expect((await job(id)).state).toBe(state), { timeout: 20_000, interval: 30 });

async function run(table: string, recompute = false): Promise<string> {
  const id = await begin(table, recompute);
  await inState(id, 'SUCCEEDED');
  return id;
}

/** The result of a mutation of one job, a payload or an error. */
async function change(field: 'cancelEmbeddingJob' | 'retryEmbeddingJob', id: string): Promise<Record<string, unknown>> {
  const payload = `${field[0]?.toUpperCase()}${field.slice(1)}Payload`;
  const { data, errors } = await api.ask<Record<string, Record<string, unknown>>>(
    `mutation ($id: ID!) { ${field}(id: $id) {
      __typename
      ... on ${payload} { job { id state total retryOf { id } } }
      ... on Error { code message }
      ... on ConflictError { inTheWay: job { id } }
    } }`,
    { id },
  );
  expect(errors).toBeUndefined();
  return data[field] ?? {};
}

async function makeSlowTable(): Promise<void> {
  const found = await openDataset(api.copy);
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction: 'touchy',
    tableName: 'slow',
    dataset: found,
    options: { imageMs: 300 },
  });
  await found.createTable({ name: 'slow', schema, relation: SchemaRelation.OneToOne });
}

describe('embeddingJobs', () => {
  const list = async (args: string) => {
    const { data, errors } = await api.ask<{ embeddingJobs: Page }>(`{ embeddingJobs${args} {
      nodes { id state table } totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    } }`);
    return { page: data?.embeddingJobs, errors };
  };

  test('lists the newest first, page by page, though new ones come meanwhile', async () => {
    expect((await list('')).page).toMatchObject({ nodes: [], totalCount: 0, pageInfo: { endCursor: null } });
    const ids = [await run('emb_tiny'), await run('emb_open-clip'), await run('emb_tiny')].reverse();
    const first = (await list('(first: 2)')).page;
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    await run('emb_tiny');
    const second = (await list(`(first: 2, after: "${first?.pageInfo.endCursor}")`)).page;
    expect(second).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect([...(first?.nodes ?? []), ...(second?.nodes ?? [])].map(({ id }) => id)).toEqual(ids);
  });

  test('can be asked for one dataset, and for certain states', async () => {
    const id = await run('emb_tiny');
    const other = Buffer.from('Dataset:other').toString('base64url');
    expect((await list(`(dataset: "${dataset}")`)).page?.nodes).toMatchObject([{ id }]);
    expect((await list(`(dataset: "${other}")`)).page?.totalCount).toBe(0);
    expect((await list('(states: [SUCCEEDED, FAILED])')).page?.nodes).toMatchObject([{ id }]);
    expect((await list('(states: [RUNNING])')).page?.totalCount).toBe(0);
  });

  test.each(['(first: 501)', '(first: -1)', '(after: "nonsense")'])('refuses %s', async (args) => {
    expect((await list(args)).errors).toMatchObject([{ path: ['embeddingJobs'] }]);
  });
});

describe('the failures of a job', () => {
  test('are paged in the order in which they came, each with its view', async () => {
    await rm(join(api.copy.media, 'health_images'), { recursive: true });
    const id = await run('emb_tiny', true);
    const fields = (args: string) => `failures${args} {
      totalCount pageInfo { hasNextPage endCursor } nodes { viewId code view { pixanoId } }
    }`;
    type Failures = { failures: { nodes: { viewId: string }[]; pageInfo: { endCursor: string } } };
    const first = await job<Failures>(id, fields('(first: 7)'));
    expect(first.failures).toMatchObject({ totalCount: 12, pageInfo: { hasNextPage: true } });
    const rest = await job<Failures>(id, fields(`(after: "${first.failures.pageInfo.endCursor}")`));
    const all = [...first.failures.nodes, ...rest.failures.nodes];
    expect(new Set(all.map(({ viewId }) => viewId)).size).toBe(12);
    for (const node of all) {
      expect(node).toEqual({ viewId: node.viewId, code: 'MEDIA_MISSING', view: { pixanoId: node.viewId } });
    }
  });
});

describe('cancelEmbeddingJob', () => {
  test('ends a job, and names one that has ended already', async () => {
    await makeSlowTable();
    const id = await begin('slow');
    expect(await change('cancelEmbeddingJob', id)).toMatchObject({
      __typename: 'CancelEmbeddingJobPayload',
      job: { id, state: 'CANCELLING' },
    });
    await inState(id, 'CANCELLED');
    expect(await change('cancelEmbeddingJob', id)).toMatchObject({
      __typename: 'ConflictError',
      code: 'CONFLICT',
      inTheWay: { id },
    });
  });
});

describe('retryEmbeddingJob', () => {
  test('begins a new job with what failed', async () => {
    const picture = join(api.copy.media, 'health_images/all/os-bras.jpg');
    await rm(picture);
    const id = await run('emb_tiny', true);
    const retried = await change('retryEmbeddingJob', id);
    expect(retried).toMatchObject({
      __typename: 'RetryEmbeddingJobPayload',
      job: { state: 'QUEUED', total: 1, retryOf: { id } },
    });
  });

  test('of a job that left nothing is a conflict', async () => {
    const id = await run('emb_tiny');
    expect(await change('retryEmbeddingJob', id)).toMatchObject({ __typename: 'ConflictError', inTheWay: { id } });
  });

  test('of a job whose table has gone finds none', async () => {
    await makeSlowTable();
    const id = await begin('slow');
    await change('cancelEmbeddingJob', id);
    await inState(id, 'CANCELLED');
    await rm(join(api.copy.path, 'health_images/db/slow.lance'), { recursive: true });
    expect(await change('retryEmbeddingJob', id)).toMatchObject({ __typename: 'NotFoundError' });
  });
});

test.each(['cancelEmbeddingJob', 'retryEmbeddingJob'] as const)(
  '%s of a job that nobody knows finds none',
  async (field) => {
    for (const id of ['nonsense', Buffer.from('EmbeddingJob:gone').toString('base64url')]) {
      expect(await change(field, id)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    }
  },
);

describe('dropEmbeddingTable', () => {
  const drop = async (table: string) => {
    const { data, errors } = await api.ask<{ dropEmbeddingTable: object }>(
      `mutation ($dataset: ID!, $table: String!) { dropEmbeddingTable(dataset: $dataset, table: $table) {
        __typename
        ... on DropEmbeddingTablePayload { dataset { embeddingTables { name } } }
        ... on Error { code }
        ... on ConflictError { inTheWay: job { id } }
      } }`,
      { dataset, table },
    );
    expect(errors).toBeUndefined();
    return data.dropEmbeddingTable;
  };

  test('takes the table away, and refuses while a job computes it', async () => {
    await makeSlowTable();
    const id = await begin('slow');
    expect(await drop('slow')).toMatchObject({ code: 'JOB_RUNNING', inTheWay: { id } });
    await change('cancelEmbeddingJob', id);
    await inState(id, 'CANCELLED');
    const left = [{ name: 'emb_open-clip' }, { name: 'emb_tiny' }];
    expect(await drop('slow')).toMatchObject({ dataset: { embeddingTables: left } });
    expect(await drop('slow')).toMatchObject({ __typename: 'NotFoundError' });
    expect(await drop('image')).toMatchObject({ __typename: 'NotFoundError' });
  });
});
