import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies, addViews } from './more-views.ts';
import { vectorsOf, worstDifference } from './stored-vectors.ts';
import { checked, compute, makeTable, TOUCHY } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
async function open(kind: 'items' | 'records'): Promise<void> {
  copy = await copyOfLibrary(kind, models);
  dataset = await openDataset(copy);
}
afterEach(() => copy[Symbol.asyncDispose]());

describe('a table that is computed anew holds the vectors that Python computed', () => {
  test.each([
    ['items', 'emb_tiny'],
    ['records', 'embeddings'],
  ] as const)('in the %s library, as %s does', async (kind, ofPython) => {
    await open(kind);
    const ours = await makeTable(dataset, 'emb_ours');
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total: 12, embedded: 12, skipped: 0, failed: 0 });
    const expected = await vectorsOf(await dataset.embeddingTable(ofPython));
    const computed = await vectorsOf(ours);
    expect([...computed.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [view, vector] of expected) expect(worstDifference(computed.get(view), vector)).toBeLessThan(1e-5);
  });

  test('in rows that Pixano could have written, but for their ids', async () => {
    await open('items');
    await makeTable(dataset, 'emb_ours');
    await compute(dataset, 'emb_ours');
    const rows = new Map(
      (await dataset.getData('emb_ours')).map(({ values }) => [JSON.stringify(values.view_ref), values]),
    );
    for (const { values } of await dataset.getData('emb_tiny')) {
      const { item_ref, shape, view_ref } = values;
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
      expect(rows.get(JSON.stringify(view_ref))).toEqual({
        id: expect.stringMatching(/^[2-9A-HJ-NP-Za-km-z]{22}$/),
        created_at: time,
        updated_at: time,
        vector: expect.any(Float32Array),
        item_ref,
        shape,
        view_ref,
      });
    }
  });
});

describe('computing brings a table up to date', () => {
  beforeEach(() => open('items'));

  test('so that only views without a vector are embedded, and asking twice doubles nothing', async () => {
    const table = await dataset.embeddingTable('emb_tiny');
    const ids = (await dataset.getData('emb_tiny', { limit: 3 })).map((row) => `'${row.id}'`);
    await (await table.lance()).delete(`id IN (${ids.join(', ')})`);
    expect(await compute(dataset, 'emb_tiny')).toMatchObject({ total: 12, skipped: 9, embedded: 3 });
    expect(await compute(dataset, 'emb_tiny')).toMatchObject({ total: 12, skipped: 12, embedded: 0 });
    expect(await dataset.coverage(table)).toEqual({ rows: 12, views: 12, embedded: 12, duplicates: 0, orphans: 0 });
  });

  test('for the views that the tutorial hands over, or the first of a table', async () => {
    const table = await makeTable(dataset, 'emb_ours');
    const data = await dataset.getData('image', { limit: 5 });
    expect(await compute(dataset, 'emb_ours', data)).toMatchObject({ total: 5, embedded: 5 });
    expect(await compute(dataset, 'emb_ours', { table: 'image', limit: 7 })).toMatchObject({ skipped: 5, embedded: 2 });
    expect(await table.rowCount()).toBe(7);
  });

  test('and with recompute replaces the rows of Python, doubled ones too', async () => {
    const table = await dataset.embeddingTable('emb_tiny');
    const before = await vectorsOf(table);
    const old = (await Array.fromAsync(table.rows())).map(({ id }) => id);
    await (await table.lance()).add(await (await table.lance()).query().toArrow());
    expect(await dataset.coverage(table)).toMatchObject({ rows: 24, duplicates: 12 });
    expect(await compute(dataset, 'emb_tiny', {}, { recompute: true })).toMatchObject({ embedded: 12, skipped: 0 });
    const after = await Array.fromAsync(table.rows());
    expect(after).toHaveLength(12);
    expect(after.filter(({ id }) => old.includes(id))).toEqual([]);
    const vectors = await vectorsOf(table);
    for (const [view, vector] of before) expect(worstDifference(vectors.get(view), vector)).toBeLessThan(1e-5);
    expect(await compute(dataset, 'emb_tiny', {}, { recompute: true })).toMatchObject({ embedded: 12 });
    expect(await table.rowCount()).toBe(12);
  });

  test('also where Pixano has one view twice', async () => {
    await addViews(dataset, [{ id: 'twin' }, { id: 'twin' }]);
    const table = await makeTable(dataset, 'emb_ours');
    expect(await compute(dataset, 'emb_ours')).toMatchObject({ total: 14, embedded: 14 });
    expect(await table.rowCount()).toBe(13);
    expect(await compute(dataset, 'emb_ours', {}, { recompute: true })).toMatchObject({ embedded: 14 });
    expect(await table.rowCount()).toBe(13);
  });
});

describe('a computation of many batches', () => {
  beforeEach(async () => {
    await open('items');
    await addCopies(dataset, 140);
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { imageMs: 2 } });
  });
  const rowCount = async () => (await dataset.embeddingTable('emb')).rowCount();

  test('is written as it goes on', async () => {
    const seen: number[] = [];
    for await (const { embedded } of checked(dataset.computeViewEmbeddings('emb'))) {
      expect(await rowCount()).toBe(embedded);
      seen.push(embedded);
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toBe(152);
  });

  test('that is aborted ends after the batches under way, and going on completes it', async () => {
    const stop = new AbortController();
    const stopped = (async () => {
      for await (const { embedded } of checked(dataset.computeViewEmbeddings('emb', {}, { signal: stop.signal }))) {
        if (embedded > 0) stop.abort(new Error('enough'));
      }
    })();
    await expect(stopped).rejects.toThrow('enough');
    const written = await rowCount();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(152);
    expect(await compute(dataset, 'emb')).toMatchObject({ total: 152, skipped: written, embedded: 152 - written });
    expect(await rowCount()).toBe(152);
  });

  test('that was aborted before it began does nothing', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(compute(dataset, 'emb', {}, { signal })).rejects.toThrow('too late');
    expect(await rowCount()).toBe(0);
  });

  test('that nobody follows any more stops, with what was told stored', async () => {
    let told = 0;
    for await (const { embedded } of dataset.computeViewEmbeddings('emb')) {
      told = embedded;
      if (told > 0) break;
    }
    const written = await rowCount();
    expect(written).toBeGreaterThanOrEqual(told);
    expect(written).toBeLessThan(152);
  });

  test('counts the views that there were when it began, and at its end those that are still there', async () => {
    const computation = checked(dataset.computeViewEmbeddings('emb'));
    await computation.next();
    await addViews(dataset, [{ id: 'late-1' }, { id: 'late-2' }]);
    expect((await Array.fromAsync(computation)).at(-1)).toMatchObject({ total: 152, embedded: 152 });

    const more = checked(dataset.computeViewEmbeddings('emb'));
    await more.next();
    await (await dataset.store.open('image')).delete("id = 'late-2'");
    expect((await Array.fromAsync(more)).at(-1)).toMatchObject({ total: 153, embedded: 1, skipped: 152 });
  });
});
