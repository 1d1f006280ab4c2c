import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { columnOf } from '../../../src/core/column.ts';
import { importPictures } from '../../../src/core/import/import-pictures.ts';
import { readJson } from '../../../src/core/json-file.ts';
import type { Row } from '../../../src/core/row.ts';
import { TableStore } from '../../../src/core/table-store.ts';
import { FIXTURES } from '../../library.ts';
import { importAll, makeSource, readPicture, rowsOf } from './source.ts';

const ASSETS = join(FIXTURES, 'items/assets/health_images');
const LAYOUTS = [
  { layout: 'ITEMS', items: 'item', boxes: 'bboxes', entities: 'objects', images: 'image' },
  { layout: 'RECORDS', items: 'records', boxes: 'bboxes', entities: 'entities', images: 'images' },
] as const;

/** Rows without what differs from one import to the next: ids, references and times. */
function contents(rows: readonly Row[]): string[] {
  const passing = /^(id|.*_(id|at|ref)|preview)$/;
  return rows
    .map(({ values }) =>
      JSON.stringify(
        Object.entries(values).filter(([name]) => !passing.test(name)),
        (_name, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value),
      ),
    )
    .sort();
}

async function columnsOf(db: string, table: string) {
  return (await new TableStore(db).schema(table)).fields.map(columnOf);
}

test("the tutorial's folder becomes the very tables that Pixano 0.6.12 made of it", async () => {
  await using source = await makeSource();
  const progress = await source.import({ source: ASSETS, layout: 'ITEMS', name: 'Health Images' });
  expect(progress).toMatchObject({ folder: 'health_images', total: 12, added: 12, present: 0, failures: [] });
  const theirs = join(FIXTURES, 'items/pixano_library/health_images');
  const ours = join(source.library, 'health_images');
  for (const table of ['image', 'objects', 'bboxes', 'masks', 'keypoints', 'source']) {
    expect(await columnsOf(join(ours, 'db'), table)).toEqual(await columnsOf(join(theirs, 'db'), table));
    expect(contents(await rowsOf(join(ours, 'db'), table))).toEqual(contents(await rowsOf(join(theirs, 'db'), table)));
  }
  // The tutorial's schema leaves out the attribute "metadata".
  const [last, ...columns] = (await columnsOf(join(ours, 'db'), 'item')).reverse();
  expect(last?.name).toBe('metadata');
  expect(columns.reverse()).toEqual(await columnsOf(join(theirs, 'db'), 'item'));
  const read = (folder: string) => readJson(join(folder, 'schema.json'), z.any(), 'SCHEMA_INVALID');
  const [written, expected] = await Promise.all([read(ours), read(theirs)]);
  for (const table of ['image', 'bboxes', 'masks', 'keypoints']) {
    expect(written.schemas[table]).toEqual(expected.schemas[table]);
    expect(written.relations[table]).toEqual(expected.relations[table]);
  }
  expect(written.schemas.objects.fields).toEqual(expected.schemas.objects.fields);
  expect(await readFile(join(source.media, 'health_images/val/os-main.png'))).toEqual(
    await readFile(join(ASSETS, 'val/os-main.png')),
  );
});

test('a folder with the metadata of Pixano 0.8 becomes the very tables that 0.8.0 made of it', async () => {
  await using source = await makeSource();
  const theirs = join(FIXTURES, 'records/data/library/health_images');
  const pictures = await picturesOf(join(theirs, 'db'));
  const header = { $pixano: 'jsonl/2', defaults: { bbox: { format: 'xywh', is_normalized: true } } };
  for (const split of ['all', 'val']) {
    const text = await readFile(join(ASSETS, split, 'metadata.jsonl'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => tutorialLine.parse(JSON.parse(line)));
    await source.metadata(split, header, ...lines.map(jsonl2));
    for (const { image, metadata } of lines) {
      await source.file(`${split}/${image}`, pictures.get(metadata) ?? '');
    }
  }
  expect(await source.import()).toMatchObject({ added: 12, failures: [] });
  const ours = join(source.library, 'test');
  for (const table of ['records', 'images', 'entities', 'bboxes', 'masks', 'keypoints']) {
    expect(await columnsOf(join(ours, 'db'), table)).toEqual(await columnsOf(join(theirs, 'db'), table));
    expect(contents(await rowsOf(join(ours, 'db'), table))).toEqual(contents(await rowsOf(join(theirs, 'db'), table)));
    const indexes = async (db: string) => new TableStore(db).ask(table, (handle) => handle.listIndices());
    const names = async (db: string) => (await indexes(db)).map(({ name, indexType }) => `${name} ${indexType}`).sort();
    expect(await names(join(ours, 'db'))).toEqual(await names(join(theirs, 'db')));
  }
  const info = (folder: string) => readJson(join(folder, 'info.json'), z.looseObject({}), 'INFO_INVALID');
  const { id: _id, name: _name, description: _, creation_date: _date, ...written } = (await info(ours)) ?? {};
  expect(await info(theirs)).toMatchObject(written);
});

const tutorialLine = z.strictObject({
  image: z.string(),
  image_type: z.string(),
  metadata: z.string(),
  objects: z
    .strictObject({
      category: z.array(z.string()),
      bboxes: z.array(z.array(z.number())).optional(),
      keypoints: z.array(z.looseObject({})).optional(),
    })
    .optional(),
});

function jsonl2({ image, objects, ...attrs }: z.infer<typeof tutorialLine>) {
  const entities = objects?.category.map((category, index) => ({
    attrs: { category },
    annotations: [
      ...(objects.bboxes ? [{ kind: 'bbox', coords: objects.bboxes[index] }] : []),
      ...(objects.keypoints ? [{ kind: 'keypoints', ...objects.keypoints[index] }] : []),
    ],
  }));
  return { attrs, views: { image }, ...(entities && { entities }) };
}

/** What Pixano took in, by the attribute "metadata". */
async function picturesOf(db: string): Promise<Map<string, Uint8Array>> {
  const images = new Map((await rowsOf(db, 'images')).map(({ values }) => [values.record_id, values.raw_bytes]));
  const records = await rowsOf(db, 'records');
  return new Map(records.map(({ id, values }) => [String(values.metadata), images.get(id) as Uint8Array]));
}

describe.each(LAYOUTS)('in the layout $layout', ({ layout, items, boxes, entities, images }) => {
  test("pictures without metadata are items of their folder's split", async () => {
    await using source = await makeSource();
    await source.pictures('loose.png', 'train/a.png', 'train/deep/b.png', 'val/a.png');
    await source.file('train/notes.txt', 'no picture');
    expect(await source.import({ layout })).toMatchObject({ total: 4, added: 4, failures: [], finished: true });
    const splits = (await source.rows(items)).map(({ values }) => values.split).sort();
    expect(splits).toEqual(['default', 'train', 'train', 'val']);
    const [image] = await source.rows(images);
    expect(image?.values).toMatchObject({ width: 12, height: 8, format: 'PNG' });
  });

  test('columns have the type that all of their values need', async () => {
    await using source = await makeSource();
    await source.pictures('all/a.png', 'all/b.png');
    await source.metadata(
      'all',
      '{"image": "a.png", "n": 9007199254740993, "x": 1, "y": 2.0, "ok": true, "tags": ["p"], "late": null}',
      '{"image": "b.png", "n": -2, "x": 0.5, "y": 3.0, "tags": [], "late": "z"}',
    );
    await source.import({ layout });
    const columns = await columnsOf(join(source.library, 'test/db'), items);
    const types = Object.fromEntries(
      columns.map(({ name, type, nullable }) => [name, `${type}${nullable ? '?' : ''}`]),
    );
    expect(types).toMatchObject({
      n: 'int64',
      x: 'double',
      y: 'double',
      ok: 'bool',
      tags: 'list<string>',
      late: 'string',
    });
    const values = (await source.rows(items)).map((row) => row.values).sort((one) => (one.late === '' ? -1 : 1));
    expect(values).toMatchObject([
      { n: '9007199254740993', x: 1, y: 2, ok: true, tags: ['p'], late: '' },
      { n: -2, x: 0.5, y: 3, ok: false, tags: [], late: 'z' },
    ]);
  });

  test('a second import adds only what is new, new splits included', async () => {
    await using source = await makeSource();
    await source.pictures('train/a.png', 'train/b.png');
    await source.metadata('train', { image: 'a.png', kind: 'x', objects: { bboxes: [[0, 0, 1, 1]], label: ['l'] } });
    await source.import({ layout });
    const before = await source.rows(items);
    expect(await source.import()).toMatchObject({ layout, total: 1, added: 0, present: 1, failures: [] });
    await source.metadata(
      'train',
      { image: 'b.png' },
      { image: 'a.png', kind: 'x', objects: { bboxes: [[0, 0, 1, 1]], label: ['l'] } },
    );
    await source.pictures('val/a.png');
    expect(await source.import()).toMatchObject({ layout, total: 3, added: 2, present: 1, failures: [] });
    const after = await source.rows(items);
    expect(after.slice(0, 1)).toEqual(before);
    expect(after.map(({ values }) => [values.split, values.kind])).toEqual([
      ['train', 'x'],
      ['train', ''],
      ['val', ''],
    ]);
    expect([(await source.rows(boxes)).length, (await source.rows(entities)).length]).toEqual([1, 1]);
  });

  test('what cannot be read is left out with its reason, and the rest goes in', async () => {
    await using source = await makeSource();
    await source.pictures('all/good.png', 'loose/good.png');
    await source.file('all/bad.jpg', 'no picture');
    await source.file('loose/cut.png', (await readFile(join(ASSETS, 'all/os-fracture.png'))).subarray(0, 400));
    await source.metadata('all', { image: 'good.png' }, { image: 'bad.jpg' }, { image: 'gone.png' });
    const { failures, ...progress } = await source.import({ layout });
    expect(progress).toMatchObject({ total: 5, added: 2 });
    expect(failures.map(({ where, code }) => [where, code])).toEqual([
      ['all/metadata.jsonl:2', 'MEDIA_UNREADABLE'],
      ['all/metadata.jsonl:3', 'MEDIA_MISSING'],
      ['loose/cut.png', 'MEDIA_UNREADABLE'],
    ]);
  });

  test('a source of which nothing can be read leaves no dataset behind', async () => {
    await using source = await makeSource();
    await source.file('all/bad.png', 'no picture');
    await expect(source.import({ layout })).rejects.toThrow('None of the pictures could be read');
    await expect(readdir(source.library)).resolves.toEqual(['.test.pixano-write.lock']);
  });

  test('several views of an item, and boxes that say which view they are drawn on', async () => {
    await using source = await makeSource();
    await source.pictures('all/l.png', 'all/r.png');
    const box = { kind: 'bbox', view: 'right', coords: [1, 2, 3, 4], format: 'xyxy', is_normalized: false };
    await source.metadata('all', {
      attrs: {},
      views: { left: 'l.png', right: { uri: 'r.png' } },
      entities: [{ annotations: [box] }],
    });
    await source.import({ layout });
    const right = (await source.rows(layout === 'ITEMS' ? 'right' : images)).find(
      ({ values }) => values.logical_name !== 'left',
    );
    const [row] = await source.rows(boxes);
    const view = layout === 'ITEMS' ? { view_ref: { name: 'right', id: right?.id } } : { view_id: right?.id };
    expect(row?.values).toMatchObject({ ...view, coords: [1, 2, 3, 4], format: 'xyxy', is_normalized: false });
  });
});

test('by uri, pictures stay where they are and the table holds their paths and previews', async () => {
  await using source = await makeSource();
  await source.pictures('all/a b#c.png');
  await source.import({ byUri: true });
  const [image] = await source.rows('images');
  expect(image?.values).toMatchObject({ uri: join(source.path, 'all/a b#c.png'), preview_format: 'png', width: 12 });
  expect(image?.values.raw_bytes).toEqual(new Uint8Array());
  const info = () => readFile(join(source.library, 'test/info.json'), 'utf8');
  expect(await info()).toContain('"storage_mode": "filesystem"');
  await source.pictures('more/b.png');
  await source.import();
  expect(await info()).toContain('"storage_mode": "mixed"');
});

test('pictures that lie in the media folder already are not copied', async () => {
  await using source = await makeSource();
  await source.pictures('all/a.png');
  await source.import({ layout: 'ITEMS', media: source.folder });
  expect((await source.rows('image')).map(({ values }) => values.url)).toEqual(['source/all/a.png']);
  await expect(access(join(source.folder, 'test'))).rejects.toThrow();
});

test('an import that is stopped shows no dataset, and the next goes on with it', async () => {
  await using source = await makeSource();
  await source.pictures(...Array.from({ length: 9 }, (_, index) => `all/${index}.png`));
  const stop = new AbortController();
  const { path, library, media } = source;
  const input = { source: path, library, media, name: 'Test', byUri: false, readPicture };
  let last = null;
  for await (last of importPictures(input, { signal: stop.signal })) if (last.done === 3) stop.abort();
  expect(last).toMatchObject({ finished: false, failures: [] });
  const added = last?.added ?? 0;
  expect(added).toBeGreaterThan(0);
  expect(added).toBeLessThan(9);
  expect((await readdir(library)).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(await source.import()).toMatchObject({ added: 9 - added, present: added, finished: true });
  expect(await source.rows('records')).toHaveLength(9);
});

test('what an interrupted import of another source left does not get into a dataset', async () => {
  await using source = await makeSource();
  await using other = await makeSource();
  await source.pictures('all/a.png');
  await other.pictures('all/b.png', 'all/c.png');
  const stop = new AbortController();
  const { library, media } = source;
  const input = { source: other.path, library, media, name: 'Test', byUri: false, readPicture };
  for await (const { done } of importPictures(input, { signal: stop.signal })) if (done === 1) stop.abort();
  expect(await importAll({ ...input, source: source.path })).toMatchObject({ added: 1, present: 0 });
});

test('two imports at once make one dataset with each picture once', async () => {
  await using source = await makeSource();
  await source.pictures(...Array.from({ length: 6 }, (_, index) => `all/${index}.png`));
  const both = await Promise.all([source.import(), source.import()]);
  expect(both.map(({ added, present }) => added + present)).toEqual([6, 6]);
  expect(await source.rows('records')).toHaveLength(6);
  expect((await stat(join(source.library, 'test'))).isDirectory()).toBe(true);
});
