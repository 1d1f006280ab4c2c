import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeArrowTable } from '@lancedb/lancedb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import type { EmbeddedView } from '../../src/core/layout.ts';
import { RemoteMedia } from '../../src/core/remote-media.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addPictures, addViews } from './more-views.ts';
import { writePythonTable } from './python-table.ts';
import { vectorsOf } from './stored-vectors.ts';
import { compute, makeTable } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
/** Every view with the vector that Python gave it. */
let rows: EmbeddedView[];
async function open(kind: 'items' | 'records'): Promise<void> {
  copy = await copyOfLibrary(kind, models);
  dataset = await openDataset(copy);
  const vectors = await vectorsOf(await dataset.embeddingTable(kind === 'items' ? 'emb_tiny' : 'embeddings'));
  rows = (await Array.fromAsync(dataset.views.stream({ imagesOnly: true }))).map((view) => {
    const vector = vectors.get(dataset.layout.keyOf(view));
    if (vector === undefined) throw new Error('Every view has a vector.');
    return { view, vector };
  });
}
afterEach(() => copy[Symbol.asyncDispose]());

const TINY = { name: 'pixano-tiny-clip' };
const search = async (table: string, limit = 12) =>
  (await dataset.search({ table, query: { text: 'microscope' }, limit })).hits;
const ids = async (table: string) => (await search(table)).map(({ item }) => item.id);
const coverage = async (table: string) => dataset.coverage(await dataset.embeddingTable(table));
const health = async (table: string) => {
  const report = await dataset.health(await dataset.embeddingTable(table));
  return Object.fromEntries(report.findings.map(({ code, count }) => [code, count]));
};
const writeAll = (table: string) => writePythonTable(dataset, table, { model: TINY, rows });
const deleteFrom = async (table: string, id: string | undefined) =>
  (await dataset.store.open(table)).delete(`id = '${id}'`);

describe.each(['items', 'records'] as const)('in the %s layout', (kind) => {
  beforeEach(() => open(kind));
  const viewTable = kind === 'items' ? 'image' : 'images';
  const complete = { rows: 12, views: 12, embedded: 12, duplicates: 0, orphans: 0 };

  test.each([
    ['no argument: all have the function’s defaults', {}, 'ViT-B-32__laion2b_s34b_b79k'],
    ['the explicit ones', TINY, 'pixano-tiny-clip'],
    [
      'all of them',
      { max_retries: 7, ...TINY, pretrained: 'x/y', device: 'cuda', batch_size: 1, normalize: true },
      TINY.name,
    ],
  ])('metadata that state %s name the model', async (_what, model, folder) => {
    await writePythonTable(dataset, 'emb_py', { model, rows });
    const { space } = await dataset.embeddingTable('emb_py');
    expect(await dataset.models.locate(space.embeddingFunction, space.options)).toMatchObject({ name: folder });
    expect(await ids('emb_py')).toEqual(await ids(kind === 'items' ? 'emb_tiny' : 'embeddings'));
    expect(await compute(dataset, 'emb_py')).toMatchObject({ skipped: 12 });
  });

  test.each([[[]], [[512]]])('rows whose shape is %j are read and extended', async (shape) => {
    await writePythonTable(dataset, 'emb_py', { model: TINY, shape, rows: rows.slice(0, 5) });
    expect(await compute(dataset, 'emb_py')).toMatchObject({ embedded: 7, skipped: 5 });
    expect(await coverage('emb_py')).toEqual(complete);
    expect(await ids('emb_py')).toEqual(await ids(kind === 'items' ? 'emb_tiny' : 'embeddings'));
  });

  test('a view that Python wrote twice is found once and counted', async () => {
    await writePythonTable(dataset, 'emb_py', { model: TINY, rows: [...rows, ...rows.slice(0, 5)] });
    const found = await search('emb_py', 100);
    expect(new Set(found.map(({ item }) => item.id)).size).toBe(found.length);
    expect(found).toHaveLength(12);
    expect(await coverage('emb_py')).toEqual({ ...complete, rows: 17, duplicates: 5 });
    expect(await health('emb_py')).toEqual({ DUPLICATES: 5 });
    expect(await compute(dataset, 'emb_py')).toMatchObject({ embedded: 0, skipped: 12 });
    expect(await compute(dataset, 'emb_py', {}, { recompute: true })).toMatchObject({ embedded: 12 });
    expect(await coverage('emb_py')).toEqual(complete);
  });

  test('the vector of a view that was deleted is no hit, and is counted', async () => {
    await writeAll('emb_py');
    const [nearest, ...others] = await search('emb_py');
    await deleteFrom(viewTable, nearest?.view.id);
    expect(await ids('emb_py')).toEqual(others.map(({ item }) => item.id));
    expect(await search('emb_py', 1)).toMatchObject([{ view: { id: others[0]?.view.id } }]);
    expect(await coverage('emb_py')).toEqual({ ...complete, views: 11, embedded: 11, orphans: 1 });
    expect(await health('emb_py')).toEqual({ ORPHANS: 1 });
  });

  test('the vector of an item that was deleted is no hit, and is counted; its picture is not embedded', async () => {
    await writeAll('emb_py');
    const [nearest, ...others] = await search('emb_py');
    await deleteFrom(dataset.layout.itemTable, nearest?.item.id);
    expect(await ids('emb_py')).toEqual(others.map(({ item }) => item.id));
    expect(await coverage('emb_py')).toEqual({ ...complete, views: 11, embedded: 11, orphans: 1 });
    expect(await health('emb_py')).toEqual({ ORPHANS: 1 });
    await makeTable(dataset, 'emb_ours');
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total: 11, embedded: 11 });
    expect(await coverage('emb_ours')).toEqual({ ...complete, rows: 11, views: 11, embedded: 11 });
  });

  test('a table that no schema names is found, searched and extended', async () => {
    await writePythonTable(dataset, 'emb_py', { model: TINY, rows: rows.slice(0, 6), registered: false });
    expect(await health('emb_py')).toEqual(
      kind === 'items' ? { MISSING_VIEWS: 6, UNKNOWN_TO_PIXANO: 1 } : { MISSING_VIEWS: 6 },
    );
    expect((await dataset.embeddingTables()).map(({ name }) => name)).toContain('emb_py');
    expect((await dataset.tables()).find(({ name }) => name === 'emb_py')).toMatchObject({ group: 'EMBEDDING' });
    expect(await compute(dataset, 'emb_py')).toMatchObject({ embedded: 6, skipped: 6 });
    expect(await search('emb_py')).toHaveLength(12);
    expect(await health('emb_py')).toEqual({});
  });

  test('a table whose name is in upper case is found, searched and extended', async () => {
    await writePythonTable(dataset, 'EmbUp', { model: TINY, rows: rows.slice(0, 6), registered: false });
    // Pixano 0.6 names it so in its file, and itself opens it under neither name.
    await dataset.layout.registerEmbeddingTable('embup', 512, SchemaRelation.ManyToOne);
    dataset = await openDataset(copy);
    expect((await dataset.embeddingTables()).map(({ name }) => name)).toContain('EmbUp');
    const table = await dataset.embeddingTable('EmbUp');
    expect([table.space.embeddingFunction, table.relation]).toEqual([
      'open-clip',
      kind === 'items' ? SchemaRelation.ManyToOne : null,
    ]);
    expect(await compute(dataset, 'EmbUp')).toMatchObject({ embedded: 6, skipped: 6 });
    expect(await search('EmbUp')).toHaveLength(12);
    // A file that names it as it is would be one that Pixano 0.6 cannot open the dataset with.
    if (kind === 'items') expect(await readFile(join(dataset.path, 'schema.json'), 'utf8')).not.toContain('EmbUp');
  });

  test('an item with several pictures is found by each of them, once', async () => {
    const [first, second] = [rows[0]?.view, rows[1]?.view];
    const itemId = second?.itemId ?? '';
    if (kind === 'records') await addPictures(dataset, [{ id: 'more', itemId, name: 'other' }]);
    else await addViews(dataset, [{ id: 'more', url: first?.address ?? '', itemId }]);
    await writeAll('emb_py');
    expect(await health('emb_py')).toEqual({ MISSING_VIEWS: 1 });
    expect(await compute(dataset, 'emb_py')).toMatchObject({ total: 13, embedded: 1, skipped: 12 });
    const found = await search('emb_py', 100);
    expect(found).toHaveLength(12);
    const views = await dataset.search({ table: 'emb_py', query: { text: 'microscope' }, limit: 100, groupBy: 'VIEW' });
    expect(
      views.hits
        .filter(({ item }) => item.id === itemId)
        .map(({ view }) => view.id)
        .sort(),
    ).toEqual(['more', second?.id].sort());
  });
});

describe('several tables of pictures', () => {
  test('of the items layout are all embedded, each view under its table', async () => {
    await open('items');
    const file = join(dataset.path, 'schema.json');
    const schema = JSON.parse(await readFile(file, 'utf8'));
    schema.schemas.thermal = { ...schema.schemas.image, schema: 'Thermal' };
    schema.relations.item.thermal = schema.relations.item.image;
    schema.relations.thermal = schema.relations.image;
    schema.groups.views.push('thermal');
    await writeFile(file, JSON.stringify(schema));
    const image = await dataset.store.open('image');
    await dataset.store.create('thermal', await image.schema(), { overwrite: false });
    // The same ids: only the table tells the views apart.
    await (await dataset.store.open('thermal')).add(await image.query().limit(5).toArrow());

    dataset = await openDataset(copy);
    expect(await dataset.views.count({ imagesOnly: true })).toBe(17);
    await makeTable(dataset, 'emb_ours');
    expect(await compute(dataset, 'emb_ours', { table: 'thermal' })).toMatchObject({ total: 5, embedded: 5 });
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total: 17, embedded: 12, skipped: 5 });
    expect(await coverage('emb_ours')).toEqual({ rows: 17, views: 17, embedded: 17, duplicates: 0, orphans: 0 });
    const { hits } = await dataset.search({ table: 'emb_ours', query: { text: 'x' }, limit: 100, groupBy: 'VIEW' });
    expect(Map.groupBy(hits, ({ view }) => view.table).get('thermal')).toHaveLength(5);
    expect(await ids('emb_ours')).toEqual(await ids('emb_tiny'));
  });

  test('of the records layout are all embedded', async () => {
    await open('records');
    const images = await dataset.store.open('images');
    await dataset.store.create('sequence_frames', await images.schema(), { overwrite: false });
    const frames = await dataset.store.open('sequence_frames');
    await frames.add(await images.query().limit(5).toArrow());
    await frames.update({ valuesSql: { id: "concat('frame-', id)" } });
    await makeTable(dataset, 'emb_ours');
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total: 17, embedded: 17 });
    expect(await search('emb_ours', 100)).toHaveLength(12);
    expect(await coverage('emb_ours')).toMatchObject({ rows: 17, orphans: 0 });
  });
});

describe('addresses of pictures', () => {
  const NAMES = ['a b.png', 'a#b.png', 'a?b.png', '100%.png', 'x%20y.png', 'é 日本.png', "it's.png"];
  let picture: Buffer;
  beforeEach(async () => {
    await open('items');
    picture = await readFile(join(copy.media, rows[0]?.view.address ?? ''));
    for (const name of NAMES) await writeFile(join(copy.media, name), picture);
    await (await dataset.store.open('image')).delete('true');
  });

  /** As Pixano 0.6 has stored them: as they are, encoded, from the root, absolute, and as `file:`. */
  const spellings = () => [
    ...NAMES,
    'a%20b.png',
    '/a b.png',
    '%C3%A9%20%E6%97%A5%E6%9C%AC.png',
    join(copy.media, 'a b.png'),
    pathToFileURL(join(copy.media, 'a#b.png')).href,
  ];

  test('in every spelling lead to the picture', async () => {
    await addFrom(rows[0]?.view.itemId ?? '', spellings());
    await makeTable(dataset, 'emb_ours');
    const total = spellings().length;
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total, embedded: total, failures: [] });
    const [first, ...others] = (await vectorsOf(await dataset.embeddingTable('emb_ours'))).values();
    for (const vector of others) expect(vector).toEqual(first);
  });

  test('on other machines are refused unless their host is allowed', async () => {
    const server = createServer((_request, response) => response.end(picture));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    await addFrom(rows[0]?.view.itemId ?? '', [
      `http://${host}/a%20b.png`,
      'https://example.org/a.png',
      's3://b/a.png',
    ]);
    await makeTable(dataset, 'emb_ours');
    const forbidden = { code: 'MEDIA_FORBIDDEN' };
    const refused = await compute(dataset, 'emb_ours');
    expect(refused).toMatchObject({ failed: 3, failures: [forbidden, forbidden, forbidden] });

    const remoteMedia = new RemoteMedia([host]);
    dataset = await Dataset.open(dataset.path, { models: copy.models, mediaDir: copy.media, remoteMedia });
    const allowed = await compute(dataset, 'emb_ours');
    expect(allowed).toMatchObject({ embedded: 1, failed: 2, failures: [forbidden, forbidden] });
    const views = await Array.fromAsync(dataset.views.stream());
    expect(views.map((view) => dataset.views.servable(view))).toEqual([true, false, false]);
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  async function addFrom(itemId: string, urls: readonly string[]): Promise<void> {
    const table = await dataset.store.open('image');
    const now = new Date();
    const made = urls.map((url, index) => ({
      id: `view-${index}`,
      created_at: now,
      updated_at: now,
      item_ref: { name: 'item', id: itemId },
      parent_ref: { name: '', id: '' },
      url,
      width: 96n,
      height: 96n,
      format: 'PNG',
    }));
    await table.add(makeArrowTable(made, { schema: await table.schema() }));
  }
});
