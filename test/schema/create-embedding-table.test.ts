import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { datasetId, openApi, type TestApi } from './api.ts';

let api: TestApi;
let dataset: string;

beforeEach(async () => {
  api = await openApi('items');
  dataset = await datasetId(api);
});
afterEach(() => api[Symbol.asyncDispose]());

const NEW = { name: 'emb_new', embeddingFunction: 'open-clip' };

/** The result of the mutation, a payload or an error. */
async function create(input: Record<string, unknown>): Promise<unknown> {
  const { data, errors } = await api.ask<{ createEmbeddingTable: unknown }>(
    `mutation ($input: CreateEmbeddingTableInput!) {
      createEmbeddingTable(input: $input) {
        __typename
        ... on CreateEmbeddingTablePayload { table { name embeddingFunction options relation dimensions rowCount health } }
        ... on Error { code message }
        ... on ValidationError { issues { path message } }
        ... on ConflictError { job { table state } }
        ... on PluginError { plugin model }
      }
    }`,
    { input: { dataset, ...NEW, ...input } },
  );
  expect(errors).toBeUndefined();
  return data.createEmbeddingTable;
}

async function tables(): Promise<string[]> {
  const found = await api.library.find({ folder: 'health_images' });
  return (await found?.tables())?.map(({ name }) => name) ?? [];
}

describe('createEmbeddingTable', () => {
  test('makes an empty table', async () => {
    expect(await create({})).toEqual({
      __typename: 'CreateEmbeddingTablePayload',
      table: {
        name: 'emb_new',
        embeddingFunction: 'open-clip',
        options: expect.objectContaining({ name: 'ViT-B-32', pretrained: 'laion2b_s34b_b79k' }),
        relation: 'ONE_TO_ONE',
        dimensions: 512,
        rowCount: 0,
        health: 'EMPTY',
      },
    });
    expect(await tables()).toContain('emb_new');
  });

  test('takes options, a relation, and the word that a table may be there', async () => {
    const input = { options: { name: 'free-batch', pretrained: 'random' }, relation: 'MANY_TO_ONE', existOk: true };
    const made = await create(input);
    expect(made).toMatchObject({ table: { relation: 'MANY_TO_ONE', options: { name: 'free-batch' } } });
    expect(await create(input)).toEqual(made);
  });

  test('replaces a table where it is asked to', async () => {
    expect(await create({ name: 'emb_tiny' })).toMatchObject({
      __typename: 'ConflictError',
      code: 'CONFLICT',
      job: null,
    });
    expect(await create({ name: 'emb_tiny', mode: 'OVERWRITE' })).toMatchObject({ table: { rowCount: 0 } });
  });

  test.each([
    ['a name that Pixano cannot open', { name: 'Emb New' }, ['name']],
    ['an option that is unknown', { options: { model: 'x' } }, ['options']],
    ['an option of the wrong type', { options: { batch_size: 'many' } }, ['options', 'batch_size']],
    ['options that are no object', { options: ['name'] }, ['options']],
  ])('answers %s with a ValidationError', async (_what, input, path) => {
    expect(await create(input)).toMatchObject({
      __typename: 'ValidationError',
      code: 'INVALID_INPUT',
      issues: [{ path, message: expect.any(String) }],
    });
    expect(await tables()).not.toContain('emb_new');
  });

  test('answers a dataset that is not there with a NotFoundError', async () => {
    for (const id of ['nonsense', Buffer.from('Dataset:gone').toString('base64url')]) {
      expect(await create({ dataset: id })).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    }
  });

  test('answers a table of something else with a ConflictError, and keeps it', async () => {
    for (const mode of ['CREATE', 'OVERWRITE']) {
      expect(await create({ name: 'image', mode })).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT' });
    }
    const [view] = (await (await api.library.find({ folder: 'health_images' }))?.getData('image', { limit: 1 })) ?? [];
    expect(view?.values.format).toBe('JPEG');
  });

  test('answers other options for a table that is there with a ConflictError', async () => {
    const input = { name: 'emb_open-clip', existOk: true, options: { name: 'pixano-tiny-clip' } };
    expect(await create(input)).toMatchObject({
      __typename: 'ConflictError',
      message: expect.stringContaining('A table never holds two vector spaces'),
    });
  });

  test('answers a function that nothing serves, and a model that is not here, with a PluginError', async () => {
    expect(await create({ embeddingFunction: 'imagebind' })).toMatchObject({
      __typename: 'PluginError',
      code: 'PLUGIN_UNAVAILABLE',
      plugin: 'imagebind',
      model: null,
    });
    expect(await create({ options: { name: 'ViT-L-14', pretrained: 'openai' } })).toMatchObject({
      __typename: 'PluginError',
      code: 'MODEL_MISSING',
      plugin: 'open-clip',
      model: 'ViT-L-14__openai',
      message: expect.stringContaining('<models>/ViT-L-14__openai is not there'),
    });
    expect(await tables()).not.toContain('emb_new');
  });

  test('names the job that is computing the table it would replace', async () => {
    const found = await api.library.find({ folder: 'health_images' });
    if (found === null) throw new Error('The fixture is gone.');
    await api.jobs.start(found, { table: 'emb_tiny', recompute: true });
    expect(await create({ name: 'emb_tiny', mode: 'OVERWRITE' })).toMatchObject({
      __typename: 'ConflictError',
      code: 'JOB_RUNNING',
      job: { table: 'emb_tiny' },
    });
  });
});

test('a table whose files are gone is shown as CORRUPT, by its node as well', async () => {
  await rm(join(api.copy.path, 'health_images/db/emb_tiny.lance/_versions'), { recursive: true });
  const selection = 'id name health dimensions rowCount viewCount findings { code }';
  const { data } = await api.ask<{ dataset: { embeddingTables: { id: string }[]; embeddingTable: unknown } }>(
    `{ dataset(by: { folder: "health_images" }) {
      embeddingTables { ${selection} }
      embeddingTable(name: "emb_tiny") { ${selection} }
    } }`,
  );
  const { embeddingTables, embeddingTable } = data.dataset;
  expect(embeddingTables).toMatchObject([
    { name: 'emb_open-clip', health: 'READY' },
    { name: 'emb_tiny', health: 'CORRUPT', dimensions: null, rowCount: null, viewCount: null, findings: [{}] },
  ]);
  expect(embeddingTable).toEqual(embeddingTables[1]);
  const { data: again } = await api.ask<object>(
    `query ($id: ID!) { node(id: $id) { ... on EmbeddingTable { ${selection} } } }`,
    { id: embeddingTables[1]?.id },
  );
  expect(again).toEqual({ node: embeddingTable });
});
