import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { PixanoServer } from './pixano-server.ts';
import { drawPictures, expectSameRanking, SharedLibrary } from './shared-library.ts';
import { executableOf } from './versions.ts';

/** Enough for a computation of some seconds, and for the index that Pixano 0.8.0 makes from 256 rows on. */
const PICTURES = 300;
const TABLE = 'embeddings';
const MODEL = ['--option', 'name=pixano-tiny-clip'];

let library: SharedLibrary;
let server: PixanoServer;
let process: PixanoProcess;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'data/library', media: 'data/media' });
  const data = join(library.temporary, 'data');
  const pictures = join(library.temporary, 'pictures');
  await drawPictures(pictures, PICTURES);
  const pixano = promisify(execFile);
  await pixano(executableOf('0.8.0', 'pixano'), ['init', data]);
  for (const name of ['busy', 'shared']) {
    await pixano(executableOf('0.8.0', 'pixano'), ['data', 'import', data, pictures, '--name', name, '--yes']);
  }
  process = PixanoProcess.start('0.8.0', 'records.py', [library.path]);
  server = await PixanoServer.start(data);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await process?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

test('Viewfinder waits politely while Pixano 0.8.0 holds the write lock, writes nothing, and then goes on', async () => {
  await library.embed('busy', TABLE, '--limit', '1', ...MODEL);
  await process.call('hold_lock', { folder: 'busy' });
  const computing = library.viewfinder('embed', 'busy', '--table', TABLE, '--limit', '40', '--json');
  await delay(8000);
  expect(await library.rows('busy', TABLE)).toEqual({ rows: 1, ids: 1, views: 1 });
  await process.call('release_lock');
  expect((await computing).code).toBe(0);
  expect(await library.rows('busy', TABLE)).toEqual({ rows: 40, ids: 40, views: 40 });
});

test('Pixano 0.8.0 writes and searches while Viewfinder computes: nothing is lost, nothing is doubled', async ({
  annotate,
}) => {
  const { id } = await library.open('busy');
  const { items } = await server.ask<{ items: { id: string }[] }>('GET', `/datasets/${id}/records?limit=${PICTURES}`);
  const [first] = items;
  const computing = library.embed('busy', TABLE);
  const statuses: number[] = [];
  let done = false;
  computing.finally(() => {
    done = true;
  });
  for (let turn = 0; !done; turn += 1) {
    const record = items[turn % items.length]?.id;
    const write = await server.request('PUT', `/datasets/${id}/records/${record}`, { comment: `turn ${turn}` });
    const search = await server.request('POST', `/datasets/${id}/records/search`, { similar_to: first?.id, k: 5 });
    statuses.push(write.status);
    expect(search.status === 200 || search.status === 404, JSON.stringify(search.body)).toBe(true);
  }
  await computing;
  // Busy is what Pixano answers while another writer has the lock: ours has it for moments.
  expect(new Set(statuses).difference(new Set([200, 409]))).toEqual(new Set());
  const refused = statuses.filter((status) => status === 409).length;
  await annotate(`${statuses.length} writes of Pixano, of which ${refused} were told to try again`);
  expect(refused).toBeLessThan(statuses.length / 2);
  expect(await library.rows('busy', TABLE)).toEqual({ rows: PICTURES, ids: PICTURES, views: PICTURES });
  await server.ask('PUT', `/datasets/${id}/records/${first?.id}`, { comment: 'done' });
  expect(await server.health(id)).toMatchObject({ status: 'ready', embedded_rows: PICTURES });
  const theirs = await server.search(id, { text: 'red blotches' }, PICTURES);
  expectSameRanking(await library.search('busy', 'red blotches', TABLE, PICTURES), theirs);
});

test('the job of Pixano 0.8.0 and Viewfinder compute one table at once: every record is found, once', async ({
  annotate,
}) => {
  await library.embed('shared', TABLE, '--limit', '1', ...MODEL);
  const { id } = await library.open('shared');
  const [job] = await Promise.all([server.compute(id), library.embed('shared', TABLE)]);
  await library.embed('shared', TABLE);
  const { rows, ids, views } = await library.rows('shared', TABLE);
  expect({ ids: ids === rows, views }).toEqual({ ids: true, views: PICTURES });
  await annotate(`Pixano's job: ${job.status} ${job.error.message ?? ''}; ${rows - views} views computed by both`);
  expect((await library.search('shared', 'red blotches', TABLE, PICTURES)).items).toHaveLength(PICTURES);
});

test('the IVF_PQ index that Pixano 0.8.0 makes on our table leaves the answers of Viewfinder exact', async ({
  annotate,
}) => {
  const { id } = await library.open('busy');
  const exact = await library.search('busy', 'red blotches', TABLE, PICTURES);
  expect(await server.compute(id)).toMatchObject({ status: 'done' });
  const busy = await library.open('busy');
  const standing = await busy.indexes.standing(await busy.embeddingTable(TABLE));
  expect(standing).toMatchObject({ index: { type: 'IVF_PQ' }, verdict: 'UNMEASURED' });
  expect(await library.search('busy', 'red blotches', TABLE, PICTURES)).toEqual(exact);
  const theirs = await server.search(id, { text: 'red blotches' }, 10);
  const right = theirs.items.filter((item) => exact.items.slice(0, 10).includes(item)).length;
  await annotate(`of the 10 nearest Pixano itself then finds ${right}`);
  await library.embed('busy', TABLE, '--recompute', '--limit', '20');
  expectSameRanking(await library.search('busy', 'red blotches', TABLE, PICTURES), exact);
  await server.ask('PUT', `/datasets/${id}/records/${exact.items[0]}`, { comment: 'seen' });
  expect((await server.search(id, { text: 'red blotches' }, PICTURES)).items).toHaveLength(PICTURES);
});
