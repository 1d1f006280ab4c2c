import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import {
  copyPictures,
  expectSameRanking,
  MODEL_FLAGS,
  PICTURES,
  type Ranking,
  SharedLibrary,
} from './shared-library.ts';

const QUERIES = ['microscope', 'a photo of a bone', 'brain mri', '', '  Microscope!! ', 'x'.repeat(500)];

let library: SharedLibrary;
let pixano: PixanoProcess;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'library', media: 'media' });
  await copyPictures(join(library.temporary, 'pictures'));
  pixano = PixanoProcess.start('0.7.2', 'records.py', [library.path]);
  await pixano.call('build', { folder: 'health', pictures: join(library.temporary, 'pictures') });
});

afterAll(async () => {
  await pixano?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

const search = (query: string, table: string, limit = 10, skip = 0) =>
  pixano.call<Ranking>('search', { query, table, limit, skip });

describe('A table that Viewfinder makes for Pixano 0.7.2', () => {
  test('is taken from disk when Pixano is asked to create it, with its rows', async () => {
    await library.embed('health', 'emb_ours', ...MODEL_FLAGS);
    await pixano.call('open', { folder: 'health' });
    expect(await pixano.call('create_table', { table: 'emb_ours', exist_ok: true })).toBe(12);
    expect(await pixano.call('data', { table: 'emb_ours' })).toMatchObject({ count: 12 });
  });

  test('gives its semantic_search the ranking and the distances of Viewfinder', async ({ annotate }) => {
    const worst: number[] = [];
    for (const query of QUERIES) {
      const theirs = await search(query, 'emb_ours', 20);
      const ours = await library.search('health', query, 'emb_ours', 20);
      expect(ours.items).toEqual(theirs.items);
      worst.push(expectSameRanking(ours, theirs));
    }
    const page = await library.search('health', 'microscope', 'emb_ours', 3, 4);
    expect(page.items).toEqual((await search('microscope', 'emb_ours', 3, 4)).items);
    await annotate(
      `${QUERIES.length} queries, largest difference of a distance ${Math.max(...worst).toExponential(1)}`,
    );
  });

  test('takes the rows that it appends, and they are one vector more and one picture found once', async () => {
    const path = join(PICTURES, 'all', 'os-bras.jpg');
    const view = await pixano.call<string>('add_record', { id: 'added', path });
    expect(await library.findings('health', 'emb_ours')).toEqual({ MISSING_VIEWS: 1 });
    await pixano.call('compute', { table: 'emb_ours', views: [view] });
    expect(await library.rows('health', 'emb_ours')).toEqual({ rows: 13, ids: 13, views: 13 });
    expect(await library.findings('health', 'emb_ours')).toEqual({});
    const ours = await library.search('health', 'a photo of a bone', 'emb_ours', 20);
    expect(ours.items).toContain('added');
    expectSameRanking(ours, await search('a photo of a bone', 'emb_ours', 20));
  });

  test('takes views a second time, which are counted as duplicates and found once', async () => {
    await pixano.call('compute', { table: 'emb_ours', limit: 5 });
    expect(await library.rows('health', 'emb_ours')).toEqual({ rows: 18, ids: 18, views: 13 });
    expect(await library.findings('health', 'emb_ours')).toEqual({ DUPLICATES: 5 });
    const ours = await library.search('health', 'microscope', 'emb_ours', 50);
    expect(new Set(ours.items).size).toBe(13);
    expectSameRanking(ours, await search('microscope', 'emb_ours', 50));
  });
});

describe('A table that Pixano 0.7.2 makes', () => {
  beforeAll(async () => {
    await pixano.call('create_table', { table: 'emb_theirs' });
    await pixano.call('compute', { table: 'emb_theirs', limit: 6 });
  });

  test('is read, brought up to date and searched by Viewfinder, and searched by it as before', async () => {
    expect(await library.findings('health', 'emb_theirs')).toEqual({ MISSING_VIEWS: 7 });
    await library.embed('health', 'emb_theirs');
    expect(await library.rows('health', 'emb_theirs')).toEqual({ rows: 13, ids: 13, views: 13 });
    const theirs = await search('brain mri', 'emb_theirs', 20);
    expect(theirs.items).toHaveLength(13);
    expectSameRanking(await library.search('health', 'brain mri', 'emb_theirs', 20), theirs);
  });

  test('is still searched by it, and can be extended by it, after it was opened anew', async () => {
    await pixano.call('open', { folder: 'health' });
    expect(await pixano.call('create_table', { table: 'emb_theirs', exist_ok: true })).toBe(13);
    expectSameRanking(await library.search('health', 'skin', 'emb_theirs', 20), await search('skin', 'emb_theirs', 20));
  });

  test('is empty after Pixano has overwritten it, and whole again after Viewfinder has computed it', async () => {
    await pixano.call('create_table', { table: 'emb_theirs', mode: 'overwrite' });
    expect(await library.findings('health', 'emb_theirs')).toHaveProperty('EMPTY');
    await library.embed('health', 'emb_theirs');
    expect(await library.rows('health', 'emb_theirs')).toEqual({ rows: 13, ids: 13, views: 13 });
    const theirs = await search('skin', 'emb_theirs', 20);
    expectSameRanking(await library.search('health', 'skin', 'emb_theirs', 20), theirs);
  });
});

describe('What Pixano 0.7.2 deletes', () => {
  test('records without their vectors: health tells of orphans, and no search of Viewfinder finds them', async () => {
    const before = await library.search('health', 'microscope', 'emb_theirs', 20);
    await pixano.call('delete', { table: 'records', ids: before.items.slice(0, 1) });
    expect(await library.findings('health', 'emb_theirs')).toEqual({ ORPHANS: 1 });
    expect((await library.search('health', 'microscope', 'emb_theirs', 20)).items).toEqual(before.items.slice(1));
  });

  test('views without their vectors', async () => {
    const { items } = await library.search('health', 'microscope', 'emb_theirs', 20);
    await pixano.call('delete', { table: 'images', ids: [`${items[0]}_view`] });
    expect(await library.findings('health', 'emb_theirs')).toEqual({ ORPHANS: 2 });
    expect((await library.search('health', 'microscope', 'emb_theirs', 20)).items).toEqual(items.slice(1));
  });
});
