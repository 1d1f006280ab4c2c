import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { KnownViews } from '../../src/server/known-views.ts';
import { addCopies } from '../core/more-views.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  dataset = await openDataset(copy);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await copy[Symbol.asyncDispose]();
});

test('views that are asked for at once are looked up together, and once while their table stays as it is', async () => {
  await addCopies(dataset, 40);
  const lookups = vi.spyOn(dataset.views, 'byKeys');
  const known = new KnownViews();
  const ids = Array.from({ length: 40 }, (_, index) => `copy-${index}`);
  const all = () => Promise.all(ids.map((id) => known.find(dataset, { table: 'image', id })));
  expect((await all()).map(({ id }) => id)).toEqual(ids);
  const { length } = lookups.mock.calls;
  expect(length).toBeLessThan(10);
  await all();
  expect(lookups.mock.calls).toHaveLength(length);
  const image = await dataset.store.open('image');
  await image.update({ where: "id = 'copy-7'", values: { url: 'elsewhere.jpg' } });
  expect((await all())[7]?.address).toBe('elsewhere.jpg');
});

test.each([
  ['image', 'gone'],
  ['item', 'dE3cQtkNgNEWkGMoTLgpDE'],
  ['nowhere', 'x'],
])('in the table "%s" there is no view "%s"', async (table, id) => {
  const known = new KnownViews();
  for (let i = 0; i < 2; i++) {
    await expect(known.find(dataset, { table, id })).rejects.toMatchObject({ code: 'MEDIA_MISSING' });
  }
});
