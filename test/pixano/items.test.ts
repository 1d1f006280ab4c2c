import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { copyPictures, expectSameRanking, MODEL_FLAGS, type Ranking, SharedLibrary } from './shared-library.ts';

const QUERIES = ['microscope', 'a photo of a bone', 'brain mri', '', '  Microscope!! ', 'x'.repeat(500)];

interface Known {
  readonly tables: readonly string[];
  readonly embeddings: readonly string[];
  readonly relations: Readonly<Record<string, string>>;
  readonly items: number;
}

interface Answer extends Ranking {
  readonly all: readonly string[];
}

let library: SharedLibrary;
let pixano: PixanoProcess;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'library', media: 'media' });
  await copyPictures(join(library.media, 'health'));
  pixano = PixanoProcess.start('0.6.12', 'items.py', [library.path, library.media]);
  await pixano.call('build', { folder: 'health' });
});

afterAll(async () => {
  await pixano?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

const search = (query: string, table: string, limit = 10, skip = 0) =>
  pixano.call<Answer>('search', { query, table, limit, skip });

describe('A table that Viewfinder makes for Pixano 0.6.12', () => {
  test('is listed with its group and its relation, and counted', async () => {
    await library.embed('health', 'emb_ours', ...MODEL_FLAGS);
    const known = await pixano.call<Known>('open', { folder: 'health' });
    expect(known.embeddings).toEqual(['emb_ours']);
    expect(known.relations).toMatchObject({ image: 'one_to_one', emb_ours: 'one_to_one' });
    expect(await pixano.call('data', { table: 'emb_ours' })).toMatchObject({ count: 12 });
  });

  test('gives its semantic_search the ranking and the distances of Viewfinder', async ({ annotate }) => {
    const worst: number[] = [];
    for (const query of QUERIES) {
      const theirs = await search(query, 'emb_ours', 20);
      const ours = await library.search('health', query, 'emb_ours', 20);
      expect(ours.items).toEqual(theirs.items);
      expect(theirs.all).toHaveLength(12);
      worst.push(expectSameRanking(ours, theirs));
    }
    const page = await library.search('health', 'microscope', 'emb_ours', 3, 4);
    expect(page.items).toEqual((await search('microscope', 'emb_ours', 3, 4)).items);
    await annotate(
      `${QUERIES.length} queries, largest difference of a distance ${Math.max(...worst).toExponential(1)}`,
    );
  });

  test('is offered and searched by its server', async () => {
    const browse = { folder: 'health', query: 'microscope', embedding_table: 'emb_ours', limit: 5 };
    const { rows, ...answer } = await pixano.call<{ rows: { id: string }[] }>('browse', browse);
    expect(answer).toEqual({ status: 200, tables: ['emb_ours'] });
    const ours = await library.search('health', 'microscope', 'emb_ours', 5);
    expect(rows.map((row) => row.id)).toEqual(ours.items);
  });

  test('takes the rows that it appends, and they are one vector more and one picture found once', async () => {
    const url = 'health/train/os-bras.jpg';
    const view = await pixano.call<string>('add_item', { id: 'added', url, width: 96, height: 64 });
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

describe('A table that Pixano 0.6.12 makes', () => {
  beforeAll(async () => {
    await pixano.call('open', { folder: 'health' });
    await pixano.call('create_table', { table: 'emb_theirs' });
    await pixano.call('compute', { table: 'emb_theirs', limit: 6 });
  });

  test('is read, brought up to date and searched by Viewfinder', async () => {
    expect(await library.findings('health', 'emb_theirs')).toEqual({ MISSING_VIEWS: 7 });
    await library.embed('health', 'emb_theirs');
    expect(await library.rows('health', 'emb_theirs')).toEqual({ rows: 13, ids: 13, views: 13 });
    expect(await library.findings('health', 'emb_theirs')).toEqual({});
  });

  test('is searched by it as before, the process that it was open in included', async ({ annotate }) => {
    const theirs = await search('brain mri', 'emb_theirs', 20);
    const worst = expectSameRanking(await library.search('health', 'brain mri', 'emb_theirs', 20), theirs);
    expect(theirs.items).toHaveLength(13);
    await annotate(`largest difference of a distance ${worst.toExponential(1)}`);
  });
});

describe('What Pixano 0.6.12 deletes', () => {
  test('items without their vectors: health tells of orphans, and no search of Viewfinder finds them', async () => {
    const before = await library.search('health', 'microscope', 'emb_theirs', 20);
    const [gone = ''] = before.items;
    await pixano.call('delete', { table: 'item', ids: [gone] });
    expect(await library.findings('health', 'emb_theirs')).toEqual({ ORPHANS: 1 });
    const { items } = await library.search('health', 'microscope', 'emb_theirs', 20);
    expect(items).toEqual(before.items.slice(1));
    // A full page, where Pixano's own is short by the item that is gone.
    expect((await library.search('health', 'microscope', 'emb_theirs', 3)).items).toHaveLength(3);
  });

  test('views without their vectors: orphans, until Pixano deletes the rows as well', async () => {
    const { items } = await library.search('health', 'brain mri', 'emb_theirs', 20);
    const { rows } = await pixano.call<{ rows: { id: string; item_ref: { id: string } }[] }>('data', {
      table: 'image',
      limit: 50,
    });
    const victim = rows.find((row) => row.item_ref.id === items[0]);
    await pixano.call('delete', { table: 'image', ids: [victim?.id] });
    expect(await library.findings('health', 'emb_theirs')).toEqual({ ORPHANS: 2 });
    expect((await library.search('health', 'brain mri', 'emb_theirs', 20)).items).not.toContain(victim?.item_ref.id);
  });

  test('items with all that is theirs: nothing is left to tell of', async () => {
    const { all } = await search('brain mri', 'emb_theirs', 20);
    const { items } = await library.search('health', 'brain mri', 'emb_theirs', 20);
    const left = items.slice(1);
    await pixano.call('delete_items', { ids: all.filter((id) => !left.includes(id)) });
    expect(await library.findings('health', 'emb_theirs')).toEqual({});
    expect((await library.search('health', 'brain mri', 'emb_theirs', 20)).items).toEqual(left);
  });
});
