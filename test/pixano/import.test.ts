import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { PixanoServer } from './pixano-server.ts';
import { expectSameRanking, PICTURES, type Ranking, SharedLibrary } from './shared-library.ts';
import { executableOf } from './versions.ts';

let library: SharedLibrary;

async function importPictures(source: string, name: string, ...flags: readonly string[]): Promise<void> {
  const { code, stderr } = await library.viewfinder('import', source, '--name', name, ...flags);
  expect(code, stderr).toBe(0);
}

describe('Pictures that Viewfinder imports in the items layout', () => {
  let pixano: PixanoProcess;

  beforeAll(async () => {
    library = await SharedLibrary.make({ library: 'library', media: 'media' });
    pixano = PixanoProcess.start('0.6.12', 'items.py', [library.path, library.media]);
  });

  afterAll(async () => {
    await pixano?.[Symbol.asyncDispose]();
    await library?.[Symbol.asyncDispose]();
  });

  test('are the items that Pixano 0.6.12 makes of the same folder, with their entities and boxes', async () => {
    await importPictures(PICTURES, 'ours', '--layout', 'items');
    await cp(PICTURES, join(library.media, 'theirs'), { recursive: true });
    await pixano.call('build', { folder: 'theirs', annotated: true });
    const theirs = await pixano.call<object[]>('items', { limit: 50 });
    expect(theirs).toHaveLength(12);
    expect(await pixano.call('open', { folder: 'ours' })).toMatchObject({ items: 12, embeddings: [] });
    expect(await pixano.call('items', { limit: 50 })).toEqual(theirs);
  });

  test('are opened, embedded and searched by it, and its server shows them', async () => {
    expect(Object.keys(await pixano.call<object>('sizes', { limit: 50 }))).toHaveLength(12);
    await pixano.call('create_table', { table: 'emb_theirs' });
    await pixano.call('compute', { table: 'emb_theirs', limit: 50 });
    const theirs = await pixano.call<Ranking>('search', { query: 'skin', table: 'emb_theirs', limit: 50 });
    expect(theirs.items).toHaveLength(12);
    expectSameRanking(await library.search('ours', 'skin', 'emb_theirs', 50), theirs);
    const { id } = await library.open('ours');
    const browsed = await pixano.call<{ rows: object[] }>('browse', { folder: id });
    expect(browsed).toMatchObject({ status: 200, tables: ['emb_theirs'] });
    expect(browsed.rows).toHaveLength(12);
  });

  test('and that it then extends are left as they are when they are imported again', async () => {
    await pixano.call('add_item', { id: 'added', url: 'ours/all/os-bras.jpg', width: 96, height: 64 });
    await importPictures(PICTURES, 'ours', '--layout', 'items');
    expect(await pixano.call('open', { folder: 'ours' })).toMatchObject({ items: 13 });
  });
});

describe('Pictures that Viewfinder imports in the records layout', () => {
  let source: string;
  let server: PixanoServer;

  beforeAll(async () => {
    library = await SharedLibrary.make({ library: 'data/library', media: 'data/media' });
    source = join(library.temporary, 'annotated');
    await writeSource(source);
    const pixano = promisify(execFile);
    await pixano(executableOf('0.8.0', 'pixano'), ['init', join(library.temporary, 'data')]);
    const args = ['data', 'import', join(library.temporary, 'data'), source, '--yes'];
    await pixano(executableOf('0.8.0', 'pixano'), args);
    await importPictures(source, 'imported');
    server = await PixanoServer.start(join(library.temporary, 'data'));
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await library?.[Symbol.asyncDispose]();
  });

  test('are the records that Pixano 0.8.0 makes of the same folder, with their entities and boxes', async () => {
    const [ours, theirs] = [await contentsOf('imported'), await contentsOf('imported_by_pixano')];
    expect(theirs.boxes).toHaveLength(3);
    expect(ours).toEqual(theirs);
  });

  test('are embedded and searched by its server', async () => {
    const { id } = await library.open('imported');
    expect(await server.compute(id)).toMatchObject({ status: 'done' });
    expect(await server.health(id)).toMatchObject({ status: 'ready', embedded_rows: 3, total_records: 3 });
    const theirs = await server.search(id, { text: 'skin' });
    expectSameRanking(await library.search('imported', 'skin', 'embeddings', 50), theirs);
  });

  test('are opened, embedded and searched by Pixano 0.7.2', async () => {
    await importPictures(PICTURES, 'for_07');
    await using pixano = PixanoProcess.start('0.7.2', 'records.py', [library.path]);
    expect(await pixano.call('open', { folder: 'for_07' })).toMatchObject({ records: 12 });
    expect(Object.keys(await pixano.call<object>('sizes', { limit: 50 }))).toHaveLength(12);
    await pixano.call('create_table', { table: 'emb_theirs' });
    await pixano.call('compute', { table: 'emb_theirs', limit: 50 });
    const theirs = await pixano.call<Ranking>('search', { query: 'skin', table: 'emb_theirs', limit: 50 });
    expect(theirs.items).toHaveLength(12);
    expectSameRanking(await library.search('for_07', 'skin', 'emb_theirs', 50), theirs);
  });

  /** What its server tells of a dataset, without ids and times. */
  async function contentsOf(folder: string) {
    const { id } = await library.open(folder);
    const page = async (table: string) => {
      const path = `/datasets/${id}/${table}?limit=50`;
      return (await server.ask<{ items: Record<string, unknown>[] }>('GET', path)).items;
    };
    const entities = await page('entities');
    const nameOf = new Map((await page('records')).map((record) => [record.id, record.note]));
    const records = (await page('records')).map(({ split, note, status }) => ({ split, note, status }));
    const boxes = (await page('bboxes')).map(({ record_id, entity_id, coords, format, is_normalized, confidence }) => ({
      record: nameOf.get(record_id),
      category: entities.find((entity) => entity.id === entity_id)?.category,
      coords,
      format,
      is_normalized,
      confidence,
    }));
    const { tables, views } = await server.ask<{ tables?: object; views?: object }>('GET', `/datasets/${id}/info`);
    return { records: sorted(records), boxes: sorted(boxes), tables, views };
  }
});

function sorted<Value>(values: readonly Value[]): Value[] {
  return values.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

/** What Pixano 0.8.0 wants to know of a folder. */
const DESCRIPTION = `pixano: 2
format: pixano_jsonl
dataset: { name: imported_by_pixano, workspace: image }
schema:
  views: { image: image }
  record: { attrs: { note: str } }
  entity: { attrs: { category: str } }
  annotations: [bbox, keypoint, mask]
`;

/** Three pictures in the lines that Pixano 0.8.0 reads. */
async function writeSource(folder: string): Promise<void> {
  await mkdir(join(folder, 'train'), { recursive: true });
  for (const file of ['irm-cerveau.png', 'microscope-cellules.png', 'os-bras.jpg']) {
    await copyFile(join(PICTURES, 'all', file), join(folder, 'train', file));
  }
  await writeFile(join(folder, 'dataset.yaml'), DESCRIPTION);
  const box = (category: string, coords: number[]) => ({
    attrs: { category },
    annotations: [{ kind: 'bbox', coords }],
  });
  const lines = [
    { $pixano: 'jsonl/2', defaults: { bbox: { format: 'xywh', is_normalized: true } } },
    {
      attrs: { note: 'brain' },
      views: { image: 'irm-cerveau.png' },
      entities: [box('eye', [0.3125, 0.2083, 0.125, 0.125]), box('eye', [0.5625, 0.2083, 0.125, 0.125])],
    },
    {
      attrs: { note: 'cells' },
      views: { image: 'microscope-cellules.png' },
      entities: [box('cell', [0.1, 0.2, 0.3, 0.25])],
    },
    { attrs: { note: 'arm' }, views: { image: 'os-bras.jpg' } },
  ];
  await writeFile(join(folder, 'train', 'metadata.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
