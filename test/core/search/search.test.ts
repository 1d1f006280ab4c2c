import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { SearchHit } from '../../../src/core/search/search.ts';
import { ChildModel } from '../../../src/plugins/model-host.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { compute, makeTable, makeTableOf, TOUCHY } from '../tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

const table = 'emb_tiny';
const microscope = { text: 'microscope' };
const itemsOf = (hits: readonly SearchHit[]) => hits.map((hit) => hit.item.id);

describe('a search', () => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeEach(async () => {
    copy = await copyOfLibrary('items', models);
    dataset = await openDataset(copy);
  });
  afterEach(() => copy[Symbol.asyncDispose]());

  const search = async (limit = 12) => (await dataset.search({ table, query: microscope, limit })).hits;

  test('tells what it compared, and that it is exact', async () => {
    const { explain, hits } = await dataset.search({ table, query: microscope, limit: 3 });
    expect(explain).toEqual({
      exact: true,
      index: null,
      candidates: 12,
      plan: expect.stringContaining('12 vectors'),
      embedMs: expect.any(Number),
      searchMs: expect.any(Number),
      fetchMs: expect.any(Number),
    });
    expect(hits[0]).toMatchObject({ item: { attributes: { split: 'val' } }, view: { address: expect.any(String) } });
  });

  test('leaves out what was deleted, and its page is full all the same', async () => {
    const before = await search();
    const [first, second, third] = before;
    await (await dataset.store.open('item')).delete(`id IN ('${first?.item.id}', '${third?.item.id}')`);
    await (await dataset.store.open('image')).delete(`id = '${second?.view.id}'`);
    expect(itemsOf(await search(5))).toEqual(itemsOf(before.slice(3, 8)));
    expect((await dataset.search({ table, query: microscope, limit: 9 })).hasMore).toBe(false);
  });

  test('is not changed by rows that are there twice', async () => {
    const before = await search();
    const lance = await dataset.store.open(table);
    await lance.add(await lance.query().toArrow());
    expect(await search()).toEqual(before);
    expect(await search(5)).toEqual(before.slice(0, 5));
  });

  test('leaves out what is farther than asked', async () => {
    const before = await search();
    const maxDistance = before[3]?.distance ?? 0;
    const near = await dataset.search({ table, query: microscope, limit: 12, maxDistance });
    expect(near.hits).toEqual(before.slice(0, 4));
    expect(near.hasMore).toBe(false);
    expect(await dataset.search({ table, query: microscope, limit: 12, maxDistance: 0 })).toMatchObject({ hits: [] });
  });

  test('of an empty table finds nothing', async () => {
    await makeTable(dataset, 'emb_empty');
    const answer = await dataset.search({ table: 'emb_empty', query: microscope, limit: 5 });
    expect(answer).toMatchObject({ hits: [], hasMore: false, explain: { candidates: 0 } });
  });

  test('goes to the only table, and asks which where there are several or none', async () => {
    const which = { code: 'INVALID_INPUT', issues: [{ path: ['table'] }] };
    const input = { query: microscope, limit: 1 };
    await expect(dataset.search(input)).rejects.toMatchObject({ ...which, message: /emb_open-clip, emb_tiny/ });
    const connection = await (await import('@lancedb/lancedb')).connect(dataset.store.folder.path);
    await connection.dropTable('emb_open-clip');
    expect((await dataset.search(input)).table.name).toBe(table);
    await connection.dropTable(table);
    await expect(dataset.search(input)).rejects.toMatchObject({ ...which, message: /no embedding table yet/ });
  });

  test('by a picture finds that picture first', async () => {
    const image = await readFile(join(copy.media, 'health_images/all/os-bras.jpg'));
    const [hit] = (await dataset.search({ table, query: { image }, limit: 1 })).hits;
    expect(hit?.view.address).toBe('health_images/all/os-bras.jpg');
    expect(hit?.distance).toBeCloseTo(0, 5);
    expect(hit?.similarity).toBeCloseTo(1, 5);
    await expect(dataset.search({ table, query: { image: new Uint8Array() }, limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['query', 'image'] }],
    });
  });

  test('by a picture that the model fails on lets go of what was prepared', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    using prepare = vi.spyOn(ChildModel.prototype, 'prepareImage');
    const query = { image: Buffer.from('throw') };
    const { signal } = new AbortController();
    await expect(dataset.search({ table: 'emb', query, limit: 1 }, { signal })).rejects.toThrow('a bug in the model');
    const model = await models.models.load('touchy', {});
    expect(prepare.mock.settledResults).toEqual([{ type: 'fulfilled', value: {} }]);
    await expect(model.embedImages([prepare.mock.settledResults[0]?.value])).rejects.toThrow('is released');
  });

  test('that is given up ends with the reason', async () => {
    const signal = AbortSignal.abort(new Error('nobody waits'));
    await expect(dataset.semanticSearch('a', { table, signal })).rejects.toThrow('nobody waits');
    const image = await readFile(join(copy.media, 'health_images/all/os-bras.jpg'));
    const later = new AbortController();
    using _prepare = vi.spyOn(ChildModel.prototype, 'prepareImage').mockImplementationOnce(function (
      this: ChildModel,
      ...call
    ) {
      later.abort(new Error('nobody waits any more'));
      return this.prepareImage(...call);
    });
    const searching = dataset.search({ table, query: { image }, limit: 1 }, { signal: later.signal });
    await expect(searching).rejects.toThrow('nobody waits any more');
  });

  test('of a table whose vectors the model cannot have made is refused', async () => {
    await makeTableOf(dataset, 'emb', { embeddingFunction: 'touchy', options: {}, dimensions: 5 });
    await expect(dataset.semanticSearch('a', { table: 'emb' })).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' });
  });

  test('for a text is refused where the model takes none', async () => {
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options: { text: false } });
    await expect(dataset.semanticSearch('a', { table: 'emb' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['query', 'text'] }],
    });
  });

  test('of vectors that have not length 1 gives their cosine as similarity', async () => {
    const stored = await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    await compute(dataset, 'emb');
    // What the plugin makes of a text: the sum of its bytes, then ones.
    const query = [97, 1, 1];
    const cosine = (vector: Float32Array) => {
      const dot = vector.reduce((sum, component, index) => sum + component * (query[index] ?? 0), 0);
      return dot / (Math.hypot(...vector) * Math.hypot(...query));
    };
    const { hits } = await dataset.semanticSearch('a', { table: 'emb', limit: 12 });
    expect(hits).toHaveLength(12);
    for (const { view, similarity } of hits) {
      const [[row] = []] = await stored.rowsOfViews([view]);
      const [vector] = await stored.vectors([row?.id ?? '']);
      expect(similarity).toBeCloseTo(cosine(vector ?? new Float32Array()), 6);
    }
  });

  test('whose model is not there says where it was looked for', async () => {
    const options = { name: 'elsewhere' };
    await makeTableOf(dataset, 'emb', { embeddingFunction: 'open-clip', options, dimensions: 512 });
    await expect(dataset.semanticSearch('a', { table: 'emb' })).rejects.toMatchObject({
      name: 'PluginError',
      code: 'MODEL_MISSING',
      plugin: 'open-clip',
      message: expect.stringContaining(join(models.modelFolder, 'elsewhere')),
    });
  });
});
