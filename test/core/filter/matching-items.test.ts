import { makeArrowTable } from '@lancedb/lancedb';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import { ValidationError } from '../../../src/core/errors.ts';
import type { ItemFilter } from '../../../src/core/filter/item-filter.ts';
import { matchingItems } from '../../../src/core/filter/matching-items.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { columnsOf } from './fixture-columns.ts';
import { filtersOver } from './random-filter.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

const inVal: ItemFilter = { column: { name: 'split', is: { eq: 'val' } } };

describe.each(['items', 'records'] as const)('the items of the %s library that pass a filter', (kind) => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeEach(async () => {
    copy = await copyOfLibrary(kind, models);
    dataset = await openDataset(copy);
  });
  afterEach(() => copy[Symbol.asyncDispose]());

  test('are those of a plain evaluation in memory, counted, listed and looked for', async () => {
    const { itemTable } = dataset.layout;
    const columns = await columnsOf(dataset.store, itemTable);
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['id', 'split', 'created_at']));
    const ids = (await dataset.items.list({ limit: 100 })).map(({ id }) => id);
    await fc.assert(
      fc.asyncProperty(filtersOver(columns), async ({ filter, passes }) => {
        const expected = ids.filter((_, row) => passes(row));
        const found = await matchingItems(dataset, filter);
        expect([found.count, found.total]).toEqual([expected.length, 12]);
        expect(ids.filter((id) => found.has(id))).toEqual(expected);
        expect(await found.few(12)).toEqual(expected);
        expect(await dataset.items.count(filter)).toBe(expected.length);
        expect((await dataset.items.list({ filter, limit: 5 })).map(({ id }) => id)).toEqual(expected.slice(0, 5));
        const deeper = await dataset.items.list({ filter, limit: 5, offset: 5 });
        expect(deeper.map(({ id }) => id)).toEqual(expected.slice(5, 10));
      }),
      { numRuns: 60 },
    );
  });

  test('are given as a list only where they are few', async () => {
    const found = await matchingItems(dataset, inVal);
    expect(found.count).toBe(4);
    expect(await found.few(4)).toHaveLength(4);
    expect(await found.few(3)).toBeNull();
    expect(found.has('gone')).toBe(false);
  });

  test('are looked for once for all who ask at once, and again when the table has changed', async () => {
    const batches = vi.spyOn(dataset.store, 'batches');
    const [first, second] = await Promise.all([matchingItems(dataset, inVal), matchingItems(dataset, inVal)]);
    expect(second).toBe(first);
    expect(await matchingItems(dataset, { all: [inVal] })).not.toBe(first);
    expect(await matchingItems(dataset, inVal)).toBe(first);
    expect(batches).toHaveBeenCalledTimes(2);

    const [row] = await dataset.getData(dataset.layout.itemTable, { limit: 1 });
    const table = await dataset.store.open(dataset.layout.itemTable);
    const times = { created_at: new Date(), updated_at: new Date() };
    const added = { ...row?.values, ...times, id: 'added', split: 'val' };
    await table.add(makeArrowTable([added], { schema: await table.schema() }));
    const later = await matchingItems(dataset, inVal);
    expect([later.count, later.total, later.has('added')]).toEqual([5, 13, true]);
    expect([first.count, first.has('added')]).toEqual([4, false]);
    expect(await first.few(4)).toBeNull();
  });

  test('are not waited for by who has gone', async () => {
    const reason = new Error('gone');
    const staying = matchingItems(dataset, inVal);
    await expect(matchingItems(dataset, inVal, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await staying).count).toBe(4);
  });

  test('are none of a filter that is wrong', async () => {
    const wrong: ItemFilter = { column: { name: 'gone', is: { eq: 1 } } };
    await expect(matchingItems(dataset, wrong)).rejects.toThrow(ValidationError);
    await expect(dataset.items.list({ filter: wrong, limit: 1 })).rejects.toThrow('There is no column "gone"');
    await expect(dataset.items.count(wrong)).rejects.toThrow(ValidationError);
  });
});
