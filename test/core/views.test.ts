import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeArrowTable } from '@lancedb/lancedb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { View } from '../../src/core/view.ts';
import { selectViews } from '../../src/core/view-selection.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { addCopies, addViews } from './more-views.ts';

let copy: LibraryCopy;
let dataset: Dataset;
async function open(kind: 'items' | 'records'): Promise<void> {
  copy = await copyOfLibrary(kind);
  dataset = await openDataset(copy);
}
afterEach(() => copy[Symbol.asyncDispose]());

const allViews = () => Array.fromAsync(dataset.views.stream());
const ids = (views: readonly (View | null)[]) => views.map((view) => view?.id ?? null);

describe('views', () => {
  beforeEach(() => open('items'));

  test('come page after page in the order of their table', async () => {
    const all = await allViews();
    expect(all).toHaveLength(12);
    expect(await dataset.views.count()).toBe(12);
    const page = (limit: number, offset: number) => Array.fromAsync(dataset.views.stream({}, { limit, offset }));
    expect(await page(5, 0)).toEqual(all.slice(0, 5));
    expect(await page(5, 10)).toEqual(all.slice(10));
    expect(await page(5, 12)).toEqual([]);
    expect(await page(0, 0)).toEqual([]);
  });

  test('are found by key, in the order of the keys, with null for those that are not there', async () => {
    const [first, second] = await allViews();
    if (first === undefined || second === undefined) throw new Error('The library has views.');
    const keys = [second, { table: 'image', id: "x' OR '1'='1" }, first, { table: 'item', id: first.itemId }, second];
    expect(await dataset.views.byKeys(keys)).toEqual([second, null, first, null, second]);
    expect(await dataset.views.byKeys([])).toEqual([]);
  });

  test('are found by thousands of keys and items, in statements of bounded length', async () => {
    await addCopies(dataset, 1_200);
    const rows = vi.spyOn(dataset.store, 'rows');
    const keys = Array.from({ length: 1_200 }, (_, index) => ({ table: 'image', id: `copy-${index}` }));
    expect(ids(await dataset.views.byKeys([...keys, ...keys]))).toEqual([...keys, ...keys].map(({ id }) => id));
    expect(rows.mock.calls.map(([, query]) => query?.where?.split(', ').length)).toEqual([500, 500, 200]);
    rows.mockClear();
    const items = Array.from({ length: 700 }, (_, index) => `item-${index}`);
    expect((await dataset.views.ofItems(items, {})).flat()).toEqual([]);
    expect(rows.mock.calls.map(([, query]) => query?.where?.split(', ').length)).toEqual([500, 200]);
    vi.restoreAllMocks();
  });

  test('are found by item, several of one item too', async () => {
    const [first, second] = await allViews();
    const itemIds = [second?.itemId ?? '', 'gone', first?.itemId ?? ''];
    await addViews(dataset, [{ id: 'more', itemId: itemIds[0] ?? '' }]);
    const found = await dataset.views.ofItems(itemIds, {});
    expect(found.map(ids)).toEqual([[second?.id, 'more'], [], [first?.id]]);
    expect(await dataset.views.ofItems(itemIds, { table: 'image' })).toEqual(found);
  });

  test.each(['objects', 'item', 'nope', ''])('of "%s", which is no table of views, are an error', async (table) => {
    await expect(dataset.views.count({ table })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(selectViews(dataset.views, dataset.layout, { table })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('give the bytes of their file', async () => {
    const [view] = await allViews();
    if (view === undefined) throw new Error('The library has views.');
    expect(await dataset.views.read(view)).toEqual(await readFile(join(copy.media, view.address)));
    expect(dataset.views.servable(view)).toBe(true);
    expect(dataset.views.servable({ ...view, address: '../x' })).toBe(false);
    expect(dataset.views.servable({ ...view, address: '' })).toBe(false);
    await expect(dataset.views.read({ ...view, address: '' })).rejects.toMatchObject({ code: 'MEDIA_MISSING' });
  });
});

describe('a selection', () => {
  beforeEach(() => open('items'));
  const select = (selection: Parameters<typeof selectViews>[2]) =>
    selectViews(dataset.views, dataset.layout, selection);

  test('is every picture of the dataset, or the first of a table', async () => {
    const all = await allViews();
    const [everything, first, more] = await Promise.all([
      select({}),
      select({ table: 'image', limit: 3 }),
      select({ limit: 100 }),
    ]);
    expect([everything.total, first.total, more.total]).toEqual([12, 3, 12]);
    expect(await Array.fromAsync(first.stream())).toEqual(all.slice(0, 3));
    expect(await Array.fromAsync(everything.stream())).toEqual(all);
  });

  test('is certain views, each once, as often as they are named', async () => {
    const [first, second] = await dataset.getData('image', { limit: 2 });
    if (first === undefined || second === undefined) throw new Error('The library has views.');
    const selected = await select([second, first, second]);
    expect(selected.total).toBe(2);
    for (const _twice of [1, 2]) expect(ids(await Array.fromAsync(selected.stream()))).toEqual([second.id, first.id]);
    expect(await select([])).toMatchObject({ total: 0 });
  });

  test('names the view that is not there', async () => {
    await expect(select([{ table: 'image', id: 'gone' }])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: /"gone"/,
    });
  });

  test.each([0, -1, 1.5])('of %d views is refused', async (limit) => {
    await expect(select({ limit })).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['limit'] }] });
  });
});

describe('a view of the records layout', () => {
  beforeEach(() => open('records'));

  /** One view whose picture lies at `uri`, and one that has neither bytes nor an address. */
  async function addView(id: string, uri: string): Promise<View> {
    const images = await dataset.store.open('images');
    const [row] = await dataset.getData('images', { limit: 1 });
    const copied = { ...row?.values, id, uri, raw_bytes: null, width: 96n, height: 96n };
    await images.add(makeArrowTable([copied], { schema: await images.schema() }));
    const [view] = await dataset.views.byKeys([{ table: 'images', id }]);
    if (!view) throw new Error('The view was added.');
    return view;
  }

  test('gives the bytes that its row holds', async () => {
    const [view] = await allViews();
    if (view === undefined) throw new Error('The library has views.');
    const bytes = await dataset.views.read(view);
    expect(bytes).toHaveLength(1699);
    expect(Buffer.from(bytes.subarray(0, 3)).toString('hex')).toBe('ffd8ff');
    expect(dataset.views.servable(view)).toBe(true);
  });

  test('gives the bytes of the file that its uri names, within the media folder', async () => {
    await writeFile(join(copy.media, 'picture.png'), 'bytes');
    for (const uri of ['picture.png', join(copy.media, 'picture.png')]) {
      expect(Buffer.from(await dataset.views.read(await addView(uri, uri))).toString()).toBe('bytes');
    }
    const remote = await addView('remote', 'https://example.org/picture.png');
    expect(dataset.views.servable(remote)).toBe(false);
    await expect(dataset.views.read(remote)).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN' });
  });

  test('that has neither says so', async () => {
    const view = await addView('empty', '');
    await expect(dataset.views.read(view)).rejects.toMatchObject({ code: 'MEDIA_MISSING', message: /neither/ });
  });

  test('is found without its table, as embeddings of this layout name it', async () => {
    const [view] = await allViews();
    expect(await dataset.views.byKeys([{ table: null, id: view?.id ?? '' }])).toEqual([view]);
  });
});
