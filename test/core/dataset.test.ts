import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset } from '../library.ts';

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const ids = (rows: readonly { id: string }[]) => rows.map((row) => row.id);

describe('a dataset', () => {
  test('is what its info.json says', () => {
    expect(dataset).toMatchObject({
      id: 'health_images',
      name: 'Health Images',
      description: 'A dataset of health images',
      folder: 'health_images',
      path: join(copy.path, 'health_images'),
    });
  });

  test.each([
    ['info.json', 'INFO_MISSING'],
    ['db', 'TABLES_MISSING'],
    ['db/item.lance', 'TABLES_MISSING'],
  ])('without %s cannot be opened', async (missing, code) => {
    await rm(join(dataset.path, missing), { recursive: true });
    await expect(openDataset(copy)).rejects.toMatchObject({ name: 'DatasetUnreadableError', code });
  });

  test.each([
    ['info.json', '{"id": "x"', 'INFO_INVALID', /not JSON/],
    ['info.json', '{"name": "X"}', 'INFO_INVALID', /"id"/],
    ['info.json', '{"id": 3, "name": "X"}', 'INFO_INVALID', /"id"/],
    ['schema.json', '[]', 'SCHEMA_INVALID', /not as Pixano writes it/],
    [
      'schema.json',
      '{"schemas": {}, "groups": {}, "relations": {"item": {"image": "twice"}}}',
      'SCHEMA_INVALID',
      /"relations/,
    ],
  ])('whose %s is %s cannot be opened, and the error says why', async (file, text, code, message) => {
    await writeFile(join(dataset.path, file), text);
    await expect(openDataset(copy)).rejects.toMatchObject({ code, message });
  });

  test('has the media folder beside its library where none is named', async () => {
    await cp(copy.media, join(copy.temporary, 'media'), { recursive: true });
    const opened = await Dataset.open(dataset.path, { models: copy.models });
    const [view] = await Array.fromAsync(opened.views.stream({}, { limit: 1 }));
    expect(view && (await opened.views.read(view)).length).toBeGreaterThan(500);
  });
});

describe('the rows of a table', async () => {
  const { cases } = z
    .object({
      cases: z.array(z.object({ call: z.string(), args: z.looseObject({}), ids: z.array(z.string()).optional() })),
    })
    .parse(JSON.parse(await readFile(join(FIXTURES, 'golden/items/python.json'), 'utf8')));
  const page = z.strictObject({
    limit: z.int().optional(),
    skip: z.int().optional(),
    ids: z.array(z.string()).optional(),
  });
  const recorded = cases.flatMap(({ call, args, ids: expected }) => {
    const parsed = page.safeParse(args);
    return call === "get_data('item')" && parsed.success ? [{ args: parsed.data, expected }] : [];
  });

  test.each(recorded)('come as get_data of Pixano gives them: $args', async ({ args, expected }) => {
    const { limit, skip: offset, ids: wanted } = args;
    const rows = dataset.getData('item', { limit, offset, ids: wanted });
    if (expected === undefined) await expect(rows).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    else expect(ids(await rows)).toEqual(expected);
  });

  test('have values as JSON has them', async () => {
    const [row] = await dataset.getData('bboxes', { limit: 1 });
    expect(row).toMatchObject({
      table: 'bboxes',
      values: {
        created_at: '2026-11-22T23:54:26.901777',
        item_ref: { name: 'item', id: 'WuKoexff3qL8Lu8nG8msK4' },
        coords: [0.3125, 0.2083, 0.125, 0.125],
        is_normalized: true,
        confidence: 1,
      },
    });
  });

  test('are found by id, and an id is never read as SQL', async () => {
    const [first, second] = ids(await dataset.getData('item', { limit: 2 }));
    const wanted = [second ?? '', first ?? '', "x' OR '1'='1", ''];
    expect(ids(await dataset.getData('item', { ids: wanted }))).toEqual([first, second]);
    expect(await dataset.getData('item', { ids: [] })).toEqual([]);
  });

  test.each(['nope', '', '../item', 'item.lance'])('of "%s", which is not there, are an error', async (table) => {
    await expect(dataset.getData(table)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('items', () => {
  test('come in the order of their table, page after page, with what Pixano’s user gave them', async () => {
    const all = await dataset.items.list({ limit: 100 });
    expect(all).toHaveLength(await dataset.items.count());
    expect(all[1]).toEqual({ id: 'WuKoexff3qL8Lu8nG8msK4', attributes: { split: 'all', image_type: 'irm' } });
    expect(await dataset.items.list({ limit: 3, offset: 2 })).toEqual(all.slice(2, 5));
    expect(await dataset.items.list({ limit: 3, offset: 12 })).toEqual([]);
  });

  test('are found by ids, in their order, with null for one that is not there', async () => {
    const [first, second] = await dataset.items.list({ limit: 2 });
    expect(await dataset.items.byIds([second?.id ?? '', 'gone', first?.id ?? ''])).toEqual([second, null, first]);
  });
});

describe('tables', () => {
  test('that cannot be opened hide no others, and those that may hold embeddings are named', async () => {
    const before = (await dataset.tables()).map((table) => table.name);
    for (const table of ['emb_tiny', 'keypoints']) {
      await rm(join(dataset.path, `db/${table}.lance/_versions`), { recursive: true });
      await mkdir(join(dataset.path, `db/${table}.lance/_versions`));
      await writeFile(join(dataset.path, `db/${table}.lance/_versions/9.manifest`), 'garbage');
    }
    const opened = await openDataset(copy);
    expect((await opened.tables()).map((table) => table.name)).toEqual(
      before.filter((name) => name !== 'emb_tiny' && name !== 'keypoints'),
    );
    expect((await opened.embeddingTables()).map((table) => table.name)).toEqual(['emb_open-clip']);
    expect(await opened.unreadableTables()).toEqual([
      { name: 'emb_tiny', message: expect.stringContaining('emb_tiny') },
    ]);
    await expect(opened.embeddingTable('emb_tiny')).rejects.toMatchObject({ code: 'TABLE_UNREADABLE' });
  });

  test('that another process writes to are seen as they are now', async () => {
    const other = await openDataset(copy);
    const rows = async () => (await dataset.tables()).find((table) => table.name === 'item')?.rowCount;
    expect(await rows()).toBe(12);
    await (await other.store.open('item')).delete("id = 'WuKoexff3qL8Lu8nG8msK4'");
    expect(await rows()).toBe(11);
  });
});
