import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { columnShape } from './column-shape.ts';
import { compute, makeTable, TINY } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('records', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const fileOf = (name: string) => join(dataset.path, name);

describe('a dataset of Pixano 0.8', () => {
  test('has the tables of its schema, and no relations', async () => {
    const table = 'emb_open-clip.lance';
    await cp(join(FIXTURES, 'records/view-embedding-0.7.2', table), fileOf(`db/${table}`), { recursive: true });
    const tables = await dataset.tables();
    expect(tables.map(({ name, group, relation, rowCount }) => [name, group, relation, rowCount])).toEqual([
      ['bboxes', 'ANNOTATION', null, 4],
      ['emb_open-clip', 'EMBEDDING', null, 12],
      ['embeddings', 'EMBEDDING', null, 12],
      ['entities', 'ENTITY', null, 5],
      ['images', 'VIEW', null, 12],
      ['keypoints', 'ANNOTATION', null, 1],
      ['masks', 'ANNOTATION', null, 0],
      ['records', 'ITEM', null, 12],
    ]);
    const columns = tables.find(({ name }) => name === 'images')?.columns.map(({ name, type }) => `${name}: ${type}`);
    expect(columns).toContain('raw_bytes: large_binary');
  });

  test('gives its records as items, with what Pixano’s user gave them', async () => {
    expect(await dataset.items.list({ limit: 1, offset: 1 })).toEqual([
      {
        id: '1E6zJzB3-7CTXxx5wgLySkaGHc0ExgF',
        attributes: { split: 'all', status: 'new', comment: '', image_type: 'irm', metadata: 'cerveau' },
      },
    ]);
  });

  test('has its views under the name of their table and under that of the logical view', async () => {
    expect(await dataset.views.count({ table: 'images' })).toBe(12);
    expect(await dataset.views.count({ table: 'image' })).toBe(12);
    const images = await dataset.store.open('images');
    await images.update({ where: "format = 'PNG'", values: { logical_name: 'other' } });
    const left = await dataset.views.count({ table: 'image' });
    expect(left).toBeLessThan(12);
    expect(await Array.fromAsync(dataset.views.stream({ table: 'image' }))).toHaveLength(left);
    await expect(dataset.views.count({ table: 'other' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([
    ['{"id": "x", "name": "X"}', 'record'],
    ['{"id": "x", "name": "X", "record": null, "views": []}', 'views'],
  ])('whose info.json is %s cannot be opened', async (text, missing) => {
    await writeFile(fileOf('info.json'), text);
    await expect(openDataset(copy)).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining(`"${missing}"`),
    });
  });

  test('whose table that Pixano’s files do not name is broken says so', async () => {
    await makeTable(dataset, 'emb_ours');
    await rm(fileOf('db/emb_ours.lance/_versions'), { recursive: true });
    const opened = await openDataset(copy);
    expect(await opened.unreadableTables()).toMatchObject([{ name: 'emb_ours' }]);
  });
});

describe('a new embedding table', () => {
  test('has the columns of Pixano’s own embeddings, and no file beside it is touched', async () => {
    const files = ['info.json', 'embeddings.json', 'features_values.json'];
    const before = await Promise.all(files.map((file) => readFile(fileOf(file))));
    const ours = await (await (await makeTable(dataset, 'EmbOurs')).lance()).schema();
    const python = await (await dataset.store.open('embeddings')).schema();
    expect(ours.fields.map(columnShape)).toEqual(python.fields.map(columnShape));
    expect(JSON.parse(ours.metadata.get('embedding_functions') ?? '')).toEqual([
      {
        name: `pixano_${dataset.id}_EmbOurs_open-clip`,
        model: TINY,
        source_column: 'frame_id',
        vector_column: 'vector',
      },
    ]);
    expect(await Promise.all(files.map((file) => readFile(fileOf(file))))).toEqual(before);
  });

  test('has rows as Pixano 0.7.2 writes them, and those of 0.8’s own table are as 0.8 writes them', async () => {
    const theirs = 'emb_open-clip.lance';
    await cp(join(FIXTURES, 'records/view-embedding-0.7.2', theirs), fileOf(`db/${theirs}`), { recursive: true });
    await makeTable(dataset, 'emb_ours');
    await compute(dataset, 'emb_ours');
    const rows = async (table: string) =>
      new Map((await dataset.getData(table)).map(({ values }) => [values.view_id, { ...values, id: '', vector: '' }]));
    expect(await rows('emb_ours')).toEqual(await rows('emb_open-clip'));
    const before = await rows('embeddings');
    await (await dataset.store.open('embeddings')).delete('true');
    await compute(dataset, 'embeddings');
    expect(await rows('embeddings')).toEqual(before);
  });

  test.each(['images', 'records', 'timeseries', 'a b', 'x/y'])('"%s" cannot be its name', async (name) => {
    await expect(makeTable(dataset, name)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['name'] }],
    });
  });

  test.each(['constructor', 'EmbUp'])('"%s" can be its name', async (name) => {
    expect(await (await makeTable(dataset, name)).rowCount()).toBe(0);
  });
});
