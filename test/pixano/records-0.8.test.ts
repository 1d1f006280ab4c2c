import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { PixanoServer } from './pixano-server.ts';
import { copyPictures, expectSameRanking, PICTURES, SharedLibrary } from './shared-library.ts';
import { executableOf } from './versions.ts';

const QUERIES = ['microscope', 'a photo of a bone', 'brain mri', '  Microscope!! ', 'x'.repeat(500)];
const TABLE = 'embeddings';

let library: SharedLibrary;
let server: PixanoServer;
let data: string;
/** Pixano's ids of the datasets in `health` and `bones`. */
let health: string;
let bones: string;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'data/library', media: 'data/media' });
  data = join(library.temporary, 'data');
  await copyPictures(join(library.temporary, 'pictures'));
  await pixano('init', data);
  for (const name of ['health', 'bones']) {
    await pixano('data', 'import', data, join(library.temporary, 'pictures'), '--name', name, '--yes');
  }
  [health, bones] = [(await library.open('health')).id, (await library.open('bones')).id];
  server = await PixanoServer.start(data);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

const pixano = (...args: string[]) => promisify(execFile)(executableOf('0.8.0', 'pixano'), args);

/** What its server answers and what Viewfinder finds. */
async function expectSameAnswers(folder: string, id: string): Promise<number> {
  const worst: number[] = [];
  for (const text of QUERIES) {
    const theirs = await server.search(id, { text });
    worst.push(expectSameRanking(await library.search(folder, text, TABLE, 50), theirs));
  }
  return Math.max(...worst);
}

async function restart(): Promise<void> {
  await server[Symbol.asyncDispose]();
  server = await PixanoServer.start(data);
}

describe('The table of embeddings that Pixano 0.8.0 makes', () => {
  test('is read and searched by Viewfinder as by its own server', async ({ annotate }) => {
    expect(await server.compute(health)).toMatchObject({ status: 'done' });
    expect(await library.rows('health', TABLE)).toEqual({ rows: 12, ids: 12, views: 12 });
    expect(await library.findings('health', TABLE)).toEqual({});
    const worst = await expectSameAnswers('health', health);
    await annotate(`${QUERIES.length} queries, largest difference of a distance ${worst.toExponential(1)}`);
  });

  test('is brought up to date by Viewfinder, which its server sees and has nothing to add to', async () => {
    await using process = PixanoProcess.start('0.8.0', 'records.py', [library.path]);
    await process.call('open', { folder: 'health' });
    await process.call('add_record', { id: 'added', path: join(PICTURES, 'all', 'os-bras.jpg') });
    expect(await library.findings('health', TABLE)).toEqual({ MISSING_VIEWS: 1 });
    await library.embed('health', TABLE);
    expect(await library.rows('health', TABLE)).toEqual({ rows: 13, ids: 13, views: 13 });
    // The server sees what others wrote when it has written itself.
    await server.ask('PUT', `/datasets/${health}/records/added`, { comment: 'seen' });
    expect(await server.health(health)).toMatchObject({ status: 'ready', embedded_rows: 13, total_records: 13 });
    expect((await server.search(health, { similar_to: 'added' }, 2)).items).toContain('added');
    await expectSameAnswers('health', health);
    expect(await server.compute(health)).toMatchObject({ status: 'done' });
    expect(await library.rows('health', TABLE)).toEqual({ rows: 13, ids: 13, views: 13 });
  });

  test('keeps the vector of a record that is deleted: an orphan, which no search of Viewfinder finds', async () => {
    const before = await library.search('health', 'microscope', TABLE, 20);
    const [gone] = before.items;
    await server.ask('DELETE', `/datasets/${health}/records/${gone}`);
    expect(await library.findings('health', TABLE)).toEqual({ ORPHANS: 1 });
    expect((await library.search('health', 'microscope', TABLE, 20)).items).toEqual(before.items.slice(1));
    // Pixano's own page is short by the one that is gone.
    expect((await library.search('health', 'microscope', TABLE, 5)).items).toHaveLength(5);
    expect((await server.search(health, { text: 'microscope' }, 5)).items).toHaveLength(4);
  });
});

describe('The table of embeddings that Viewfinder makes for Pixano 0.8.0', () => {
  test('is ready for its server, which answers as Viewfinder does', async ({ annotate }) => {
    await library.embed('bones', TABLE, '--option', 'name=pixano-tiny-clip');
    expect(await library.findings('bones', TABLE)).toEqual({});
    await restart();
    expect(await server.health(bones)).toMatchObject({ status: 'ready', embedded_rows: 12, total_records: 12 });
    const worst = await expectSameAnswers('bones', bones);
    await annotate(`${QUERIES.length} queries, largest difference of a distance ${worst.toExponential(1)}`);
  });

  test('is its own: its job goes on with it, adds what is new, and doubles nothing', async () => {
    await using process = PixanoProcess.start('0.8.0', 'records.py', [library.path]);
    await process.call('open', { folder: 'bones' });
    await process.call('add_record', { id: 'added', path: join(PICTURES, 'all', 'os-bras.jpg') });
    await server.ask('PUT', `/datasets/${bones}/records/added`, { comment: 'seen' });
    expect(await server.health(bones)).toMatchObject({ status: 'partial', embedded_rows: 12, total_records: 13 });
    expect(await server.compute(bones)).toMatchObject({ status: 'done' });
    expect(await library.rows('bones', TABLE)).toEqual({ rows: 13, ids: 13, views: 13 });
    expect(await library.findings('bones', TABLE)).toEqual({});
    await expectSameAnswers('bones', bones);
  });
});
