import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';

let copy: LibraryCopy;
let dataset: Dataset;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
  dataset = await openDataset(copy);
});
afterAll(() => copy[Symbol.asyncDispose]());

test('every table of Pixano 0.6 has its group, its relation to the items, and its rows', async () => {
  const tables = await dataset.tables();
  expect(tables.map(({ name, group, relation, rowCount }) => [name, group, relation, rowCount])).toEqual([
    ['bboxes', 'ANNOTATION', 'many_to_one', 4],
    ['emb_open-clip', 'EMBEDDING', 'one_to_one', 12],
    ['emb_tiny', 'EMBEDDING', 'one_to_one', 12],
    ['image', 'VIEW', 'one_to_one', 12],
    ['item', 'ITEM', null, 12],
    ['keypoints', 'ANNOTATION', 'many_to_one', 1],
    ['masks', 'ANNOTATION', 'many_to_one', 0],
    ['objects', 'ENTITY', 'many_to_one', 5],
    ['source', 'SOURCE', null, 1],
  ]);
});

test.each([
  ['image', 'url: string not null, width: int64 not null, height: int64 not null, format: string not null'],
  [
    'emb_tiny',
    'vector: fixed_size_list<float>[512], shape: list<int64> not null, view_ref: struct<name: string, id: string> not null',
  ],
  [
    'bboxes',
    'coords: list<double> not null, format: string not null, is_normalized: bool not null, confidence: double not null',
  ],
  ['masks', 'size: list<int64> not null, counts: binary not null'],
])('the columns of %s are named as Pixano names them', async (name, last) => {
  const columns = (await dataset.tables()).find((table) => table.name === name)?.columns ?? [];
  const text = columns.map((column) => `${column.name}: ${column.type}${column.nullable ? '' : ' not null'}`);
  expect(text.slice(0, 2)).toEqual(['id: string not null', 'created_at: timestamp[us] not null']);
  expect(text.join(', ')).toMatch(new RegExp(`${RegExp.escape(last)}$`));
});

test('a view says where its picture is, and whose it is', async () => {
  const views = await Array.fromAsync(dataset.views.stream());
  expect(views[0]).toEqual({
    table: 'image',
    id: expect.any(String),
    itemId: '5dtm5rFNNd7QMtgEZHe7BG',
    width: 96,
    height: 96,
    format: expect.any(String),
    image: true,
    address: 'health_images/all/os-machoire.jpg',
  });
});
