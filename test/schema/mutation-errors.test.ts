import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/schema/global-id.ts';
import { openModels, type TestModels } from '../library.ts';
import { openApi, type TestApi } from './api.ts';

const DATASET = encodeGlobalId('Dataset', 'health_images');
const TABLE = { dataset: DATASET, table: 'emb_tiny' };
const TINY = { name: 'pixano-tiny-clip', pretrained: 'tiny-open-clip/model' };
const ISSUES = '... on ValidationError { issues { path message } }';
const NEW = { dataset: DATASET, name: 'emb_new', embeddingFunction: 'open-clip' };
const view = (id: string) => ({ ...TABLE, views: { ids: [id] } });

/** Each mutation with its one argument, or its two. */
const MUTATIONS = {
  createEmbeddingTable: ['$input: CreateEmbeddingTableInput!', 'input: $input'],
  computeViewEmbeddings: ['$input: ComputeViewEmbeddingsInput!', 'input: $input'],
  createVectorIndex: ['$input: CreateVectorIndexInput!', 'input: $input'],
  dropEmbeddingTable: ['$dataset: ID!, $table: String!', 'dataset: $dataset, table: $table'],
  cancelEmbeddingJob: ['$id: ID!', 'id: $id'],
  retryEmbeddingJob: ['$id: ID!', 'id: $id'],
} as const;
type Mutation = keyof typeof MUTATIONS;

const WRONG_IDS = [
  '',
  'ü%%%',
  encodeGlobalId('Item', 'health_images/x'),
  encodeGlobalId('Dataset', 'gone'),
  encodeGlobalId('Dataset', '../health_images'),
  encodeGlobalId('Dataset', 'a\0b'),
  encodeGlobalId('EmbeddingJob', "' OR 1=1 --"),
];
const WRONG_TABLES = ['', 'gone', 'image', 'item', '../emb_tiny', 'emb\0'];
const WRONG_NAMES = ['', ' ', '.', '..', '../x', 'a/b', 'a\\b', 'nul\0', 'é', "a'b", 'Emb New', 'x'.repeat(300)];

/** What a client may give by mistake, the error, and the path of its issue. */
const MISTAKES: readonly (readonly [Mutation, object, string, string?])[] = [
  ...WRONG_IDS.flatMap((id): [Mutation, object, string][] => [
    ['createEmbeddingTable', { input: { ...NEW, dataset: id } }, 'NotFoundError'],
    ['computeViewEmbeddings', { input: { ...TABLE, dataset: id } }, 'NotFoundError'],
    ['createVectorIndex', { input: { ...TABLE, dataset: id } }, 'NotFoundError'],
    ['dropEmbeddingTable', { ...TABLE, dataset: id }, 'NotFoundError'],
    ['cancelEmbeddingJob', { id }, 'NotFoundError'],
    ['retryEmbeddingJob', { id }, 'NotFoundError'],
  ]),
  ...WRONG_TABLES.flatMap((table): [Mutation, object, string][] => [
    ['computeViewEmbeddings', { input: { ...TABLE, table } }, 'NotFoundError'],
    ['createVectorIndex', { input: { ...TABLE, table } }, 'NotFoundError'],
    ['dropEmbeddingTable', { ...TABLE, table }, 'NotFoundError'],
  ]),
  ...WRONG_NAMES.map((name): [Mutation, object, string, string] => [
    'createEmbeddingTable',
    { input: { ...NEW, name } },
    'ValidationError',
    'name',
  ]),
  ['createEmbeddingTable', { input: { ...NEW, name: 'emb_tiny' } }, 'ConflictError'],
  ['createEmbeddingTable', { input: { ...NEW, name: 'emb_tiny', existOk: true } }, 'ConflictError'],
  ['createEmbeddingTable', { input: { ...NEW, embeddingFunction: 'constructor' } }, 'PluginError'],
  ['createEmbeddingTable', { input: { ...NEW, options: { name: 'none' } } }, 'PluginError'],
  ['createEmbeddingTable', { input: { ...NEW, options: { name: '../..' } } }, 'PluginError'],
  ['createEmbeddingTable', { input: { ...NEW, options: [] } }, 'ValidationError', 'options'],
  ['createEmbeddingTable', { input: { ...NEW, options: { colour: 1 } } }, 'ValidationError', 'options'],
  ['createEmbeddingTable', { input: { ...NEW, options: { name: 5 } } }, 'ValidationError', 'options.name'],
  ['computeViewEmbeddings', { input: view('x') }, 'NotFoundError'],
  ['computeViewEmbeddings', { input: view(DATASET) }, 'NotFoundError'],
  ['computeViewEmbeddings', { input: view(encodeGlobalId('View', 'health_images')) }, 'NotFoundError'],
  ['computeViewEmbeddings', { input: view(encodeGlobalId('View', 'health_images/image/gone')) }, 'NotFoundError'],
  ['computeViewEmbeddings', { input: view(encodeGlobalId('View', 'other/image/x')) }, 'ValidationError', 'views.ids'],
  ['computeViewEmbeddings', { input: { ...TABLE, views: { table: { name: 'item' } } } }, 'NotFoundError'],
  [
    'computeViewEmbeddings',
    { input: { ...TABLE, views: { table: { name: 'image', limit: 0 } } } },
    'ValidationError',
    'views.table.limit',
  ],
  ['createVectorIndex', { input: { ...TABLE, type: 'ivf_flat' } }, 'ValidationError', 'type'],
  ['createVectorIndex', { input: { ...TABLE, minRecallAt10: 1.5 } }, 'ValidationError', 'minRecallAt10'],
  ['createVectorIndex', { input: { ...TABLE, type: 'IVF_PQ' } }, 'ConflictError'],
];

describe.each(['items', 'records'] as const)('a mistake in a mutation, with a dataset of the %s layout,', (kind) => {
  let models: TestModels;
  let api: TestApi;
  beforeAll(async () => {
    models = await openModels();
    api = await openApi(kind, models);
    // The records library has no such table of its own.
    await ask('createEmbeddingTable', { input: { ...NEW, name: 'emb_tiny', options: TINY, existOk: true } });
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  async function ask(mutation: Mutation, variables: object) {
    const [parameters, args] = MUTATIONS[mutation];
    const issues = parameters.includes('$input') ? ISSUES : '';
    return api.ask<{ result: object }>(
      `mutation (${parameters}) { result: ${mutation}(${args}) { __typename ... on Error { code message } ${issues} } }`,
      { ...variables },
    );
  }

  const cases = MISTAKES.map(([mutation, variables, error, path]) => ({ mutation, variables, error, path }));

  test.each(cases)('$mutation($variables) is a $error', async ({ mutation, variables, error, path }) => {
    const { data, errors } = await ask(mutation, variables);
    expect(errors ?? []).toEqual([]);
    expect(data.result).toMatchObject({
      __typename: error,
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.stringMatching(/\w+.*\.$/s),
      ...(path !== undefined && { issues: [{ path: path.split('.') }] }),
    });
  });
});
