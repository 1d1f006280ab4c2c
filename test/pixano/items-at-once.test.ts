import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { drawPictures, expectSameRanking, MODEL_FLAGS, type Ranking, SharedLibrary } from './shared-library.ts';

/** Enough for a computation of some seconds. */
const PICTURES = 300;

let library: SharedLibrary;
let pixano: PixanoProcess;
let views: readonly string[];

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'library', media: 'media' });
  await drawPictures(join(library.media, 'many'), PICTURES);
  pixano = PixanoProcess.start('0.6.12', 'items.py', [library.path, library.media]);
  await pixano.call('build', { folder: 'many' });
  const { rows } = await pixano.call<{ rows: { id: string }[] }>('data', { table: 'image', limit: PICTURES });
  views = rows.map((row) => row.id);
});

afterAll(async () => {
  await pixano?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

const search = (query: string, table: string, limit: number) => pixano.call<Ranking>('search', { query, table, limit });

/** How many rows of a view there are beside those that Pixano appended, for each number of them how many views. */
async function rowsOfOurs(table: string, theirs: readonly string[]): Promise<Record<number, number>> {
  const rows = await Array.fromAsync((await (await library.open('many')).embeddingTable(table)).rows());
  expect(rows.filter((row) => theirs.includes(row.id))).toHaveLength(theirs.length);
  const counts = views.map((view) => rows.filter((row) => row.view.id === view && !theirs.includes(row.id)).length);
  return Object.fromEntries(
    Map.groupBy(counts, (count) => count)
      .entries()
      .map(([count, all]) => [count, all.length]),
  );
}

test('Pixano 0.6.12 appends rows while Viewfinder computes: none is lost, and none of ours is there twice', async ({
  annotate,
}) => {
  await library.embed('many', 'emb_both', '--limit', '1', ...MODEL_FLAGS);
  await pixano.call('open', { folder: 'many' });
  const chosen = views.filter((_, index) => index % 12 === 5);
  const [, theirs] = await Promise.all([
    library.embed('many', 'emb_both'),
    pixano.call<string[]>('append_one_by_one', { table: 'emb_both', views: chosen }),
  ]);
  expect(theirs).toHaveLength(chosen.length);
  // A view that Pixano was quicker with needs no row of ours.
  const { 0: without = 0, 1: once = 0, ...others } = await rowsOfOurs('emb_both', theirs);
  expect(others).toEqual({});
  expect(without).toBeLessThanOrEqual(theirs.length);
  expect(without + once).toBe(PICTURES);
  const ours = await library.search('many', 'red blotches', 'emb_both', PICTURES);
  expect(ours.items).toHaveLength(PICTURES);
  expectSameRanking(ours, await search('red blotches', 'emb_both', PICTURES));
  await annotate(`${theirs.length} appends during ${PICTURES} views, of which Pixano was quicker with ${without}`);
});

test('Pixano 0.6.12 searches while Viewfinder computes: no search fails, and each finds at least as much', async ({
  annotate,
}) => {
  await library.embed('many', 'emb_searched', '--limit', '1', ...MODEL_FLAGS);
  await pixano.call('open', { folder: 'many' });
  const computing = library.embed('many', 'emb_searched');
  const found: number[] = [];
  let done = false;
  computing.finally(() => {
    done = true;
  });
  while (!done) found.push((await search('stripes', 'emb_searched', PICTURES)).items.length);
  await computing;
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  const theirs = await search('stripes', 'emb_searched', PICTURES);
  expect(theirs.items).toHaveLength(PICTURES);
  expectSameRanking(await library.search('many', 'stripes', 'emb_searched', PICTURES), theirs);
  await annotate(`${found.length} searches, over ${new Set(found).size} states of the table`);
});

test('Pixano 0.6.12 overwrites the table while Viewfinder computes it: it holds each view once in the end', async () => {
  await library.embed('many', 'emb_overwritten', '--limit', '1', ...MODEL_FLAGS);
  await pixano.call('open', { folder: 'many' });
  const computing = library.viewfinder('embed', 'many', '--table', 'emb_overwritten', '--json');
  // The table that the computation began with holds some rows more by then.
  await expect
    .poll(async () => (await search('stripes', 'emb_overwritten', PICTURES)).items.length, { timeout: 60_000 })
    .toBeGreaterThan(1);
  await pixano.call('create_table', { table: 'emb_overwritten', mode: 'overwrite' });
  await computing;
  await library.embed('many', 'emb_overwritten');
  expect(await library.rows('many', 'emb_overwritten')).toEqual({ rows: PICTURES, ids: PICTURES, views: PICTURES });
  const theirs = await search('stripes', 'emb_overwritten', PICTURES);
  expectSameRanking(await library.search('many', 'stripes', 'emb_overwritten', PICTURES), theirs);
});

test('an IVF_PQ index that LanceDB 0.17 makes on the table leaves the answers of Viewfinder exact', async ({
  annotate,
}) => {
  const exact = await library.search('many', 'red blotches', 'emb_searched', PICTURES);
  await pixano.call('index', { table: 'emb_searched' });
  expect(await library.search('many', 'red blotches', 'emb_searched', PICTURES)).toEqual(exact);
  const indexed = await search('red blotches', 'emb_searched', PICTURES);
  const off = exact.distances.map((distance, rank) => Math.abs(distance - (indexed.distances[rank] ?? Infinity)));
  await annotate(`distances of Pixano itself are then off by up to ${Math.max(...off).toFixed(3)}`);
  await library.embed('many', 'emb_searched', '--recompute', '--limit', '20');
  expectSameRanking(await library.search('many', 'red blotches', 'emb_searched', PICTURES), exact);
  const theirs = await search('red blotches', 'emb_searched', PICTURES);
  expect(theirs.items).toHaveLength(PICTURES);
});
