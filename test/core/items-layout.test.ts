import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { lockDataset } from '../../src/core/write-lock.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { makeTableOf } from './tutorial.ts';

const PROCESS = new URL('fixtures/create-process.ts', import.meta.url);
const SPACE = { embeddingFunction: 'open-clip', options: {}, dimensions: 3 };

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

describe('schema.json', () => {
  const embeddings = async (): Promise<string[]> =>
    JSON.parse(await readFile(join(dataset.path, 'schema.json'), 'utf8')).groups.embeddings;

  test('has every table that two processes make at once, and no token of Pixano 0.8', async () => {
    const before = await embeddings();
    const prefixes = ['emb_a', 'emb_b'];
    const children = prefixes.map((prefix) =>
      fork(PROCESS, [dataset.path, copy.media, prefix], { execArgv: [], timeout: 60_000 }),
    );
    const exits = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) child.send('go');
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [0, null],
    ]);
    const made = prefixes.flatMap((prefix) => [1, 2, 3, 4, 5, 6].map((number) => `${prefix}_${number}`));
    expect((await embeddings()).sort()).toEqual([...before, ...made].sort());
    expect(await readdir(dataset.path)).not.toContain('.pixano-mutation');
  });

  test('is written when another process has written it', async () => {
    const lock = await lockDataset(dataset.path);
    const making = makeTableOf(dataset, 'emb_later', SPACE);
    await vi.waitUntil(async () => dataset.store.folder.has('emb_later'));
    expect(await embeddings()).not.toContain('emb_later');
    await lock[Symbol.asyncDispose]();
    await making;
    expect(await embeddings()).toContain('emb_later');
  });

  test('is written without a lock where the platform has none', async () => {
    await using _lock = await lockDataset(dataset.path);
    vi.doMock('fs-ext-extra-prebuilt', () => {
      throw new Error('no binary');
    });
    await makeTableOf(dataset, 'emb_unlocked', SPACE);
    vi.doUnmock('fs-ext-extra-prebuilt');
    expect(await embeddings()).toContain('emb_unlocked');
  });
});
