import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Index } from '@lancedb/lancedb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../../src/core/dataset.ts';
import type { EmbeddingTable } from '../../../src/core/embedding-table.ts';
import type { IndexRequest } from '../../../src/core/index/make-index.ts';
import { copyOfLibrary, type LibraryCopy, openModels, type TestModels } from '../../library.ts';
import { TOUCHY } from '../tutorial.ts';
import { addVectors, ClusteredVectors, clusteredTable } from './clustered-table.ts';

const ROWS = 4000;
const AUTOMATIC: IndexRequest = { type: null, minRecallAt10: null };

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
let vectors: ClusteredVectors;
let table: EmbeddingTable;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await open(2000);
  vectors = new ClusteredVectors();
  table = await clusteredTable(dataset, vectors.take(ROWS));
});
afterEach(() => copy[Symbol.asyncDispose]());

/** The dataset as another process has it open. */
const open = (indexRows?: number) =>
  Dataset.open(join(copy.path, 'health_images'), { models: models.models, mediaDir: copy.media, indexRows });

const make = (request = AUTOMATIC, signal?: AbortSignal) =>
  Array.fromAsync(dataset.indexes.make(table, request, { signal }));

const choice = (depth = 10) => dataset.indexes.for(table, depth);

/** Vectors without any order that an index could find. */
const noise = () => Array.from({ length: ROWS / 2 }, () => vectors.next(100));

const verdict = async () => (await dataset.indexes.standing(table)).verdict;

async function search(vector: Float32Array, depth: number, exact = false): Promise<{ id: string; distance: number }[]> {
  const used = exact ? null : await choice(depth);
  const query = (await table.lance()).vectorSearch(vector).distanceType('l2').select(['id', '_distance']).limit(depth);
  if (used === null) query.bypassVectorIndex();
  else query.nprobes(used.nprobes);
  if (used?.refineFactor !== undefined) query.refineFactor(used.refineFactor);
  return (await query.toArray()).map(({ id, _distance: distance }) => ({ id, distance }));
}

/** The mean share of the exact answer that is found, for queries that were not measured with. */
async function recall(depth: number): Promise<number> {
  let found = 0;
  const queries = new ClusteredVectors(99).take(50);
  for (const query of queries) {
    const exact = new Set((await search(query, depth, true)).map(({ id }) => id));
    found += (await search(query, depth)).filter(({ id }) => exact.has(id)).length / depth;
  }
  return found / queries.length;
}

const unmeasured = () => table.lance().then((lance) => lance.createIndex('vector', { config: Index.ivfFlat() }));

describe('an index', () => {
  test('that is made holds its promise at each depth for which it is chosen, with ever more probes', async () => {
    expect(await choice()).toBeNull();
    expect(await dataset.indexes.isDue(table)).toBe(true);
    const shares = await make();
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(await dataset.indexes.isDue(table)).toBe(false);
    const { index, measurement } = await dataset.indexes.standing(table);
    expect(index).toMatchObject({ type: 'IVF_FLAT', distance: 'l2', indexedRows: ROWS, unindexedRows: 0 });
    expect(measurement).toMatchObject({ queries: 'ROWS', modelKnown: true, queryCount: 200, minRecallAt10: 0.95 });
    const chosen = await Promise.all([10, 100].map((depth) => choice(depth)));
    expect(chosen.map((each) => each?.type)).toEqual(['IVF_FLAT', 'IVF_FLAT']);
    const probes = chosen.map((each) => each?.nprobes ?? 0);
    expect(probes).toEqual(probes.toSorted((a, b) => a - b));
    expect(probes[0]).toBeLessThan(32);
    for (const depth of [1, 10, 40, 70, 100]) expect(await recall(depth)).toBeGreaterThanOrEqual(0.95);
    expect(await readdir(join(dataset.state.path, 'indexes/health_images'))).toEqual(['emb.json']);
  });

  test('is not used at a depth at which it was not measured, or in a table that is small', async () => {
    await make();
    expect(await choice(100)).not.toBeNull();
    expect(await choice(101)).toBeNull();
    expect(await (await open()).indexes.for(table, 10)).toBeNull();
    expect(await (await open()).indexes.findings(table)).toEqual([]);
  });

  test('finds rows that were added since it was made', async () => {
    await make();
    const added = vectors.take(ROWS / 20);
    await addVectors(table, added);
    expect((await dataset.indexes.standing(table)).index).toMatchObject({
      indexedRows: ROWS,
      unindexedRows: ROWS / 20,
    });
    expect(await choice()).not.toBeNull();
    for (const [index, vector] of added.entries()) {
      expect((await search(vector, 10))[0]).toEqual({ id: `row-${ROWS + index}`, distance: 0 });
    }
  });

  test('is not used once the table has grown by more than a tenth, until it is made anew', async () => {
    await make();
    await addVectors(table, vectors.take(ROWS / 10));
    expect(await choice()).not.toBeNull();
    await addVectors(table, vectors.take(1));
    expect(await choice()).toBeNull();
    expect(await dataset.indexes.findings(table)).toMatchObject([{ code: 'INDEX_OUTGROWN' }]);
    expect(await dataset.indexes.isDue(table)).toBe(true);
    await make();
    expect((await dataset.indexes.standing(table)).index).toMatchObject({ unindexedRows: 0 });
    expect(await choice()).not.toBeNull();
  });

  test('that another program put in its place gets no trust before it is measured', async () => {
    await make();
    const before = await choice();
    await unmeasured();
    expect(await choice()).toBeNull();
    expect(await dataset.health(table)).toMatchObject({
      findings: expect.arrayContaining([{ code: 'INDEX_UNMEASURED', count: 1, message: expect.any(String) }]),
    });
    const { index } = await dataset.indexes.standing(table);
    await make();
    // Measured, and not made anew.
    expect((await dataset.indexes.standing(table)).index?.identity).toBe(index?.identity);
    expect((await choice())?.type).toBe(before?.type);
  });

  test('whose measurement was deleted is not used until it is measured again', async () => {
    await make();
    const { index } = await dataset.indexes.standing(table);
    await rm(dataset.state.path, { recursive: true });
    expect(await choice()).toBeNull();
    await make();
    expect((await dataset.indexes.standing(table)).index?.identity).toBe(index?.identity);
    expect(await choice()).not.toBeNull();
  });

  test('that another process measured is used at once, by the same choice for as long as nothing changes', async () => {
    await unmeasured();
    expect(await choice()).toBeNull();
    const other = await open(2000);
    await Array.fromAsync(other.indexes.make(await other.embeddingTable('emb'), AUTOMATIC));
    const first = await choice();
    expect(first).not.toBeNull();
    await addVectors(table, vectors.take(1));
    expect(await choice()).toBe(first);
  });

  test('of too low a recall is dropped, said to be, and another may be tried', async () => {
    table = await clusteredTable(dataset, noise(), { name: 'noise' });
    const request: IndexRequest = { type: 'IVF_PQ', minRecallAt10: 1 };
    await expect(make(request)).rejects.toMatchObject({ code: 'RECALL_TOO_LOW', message: /IVF_PQ finds 0\.\d+ of/ });
    expect(await verdict()).toBe('DROPPED');
    expect(await dataset.indexes.findings(table)).toMatchObject([{ code: 'INDEX_RECALL_TOO_LOW' }]);
    expect(await choice()).toBeNull();
    expect(await dataset.indexes.isDue(table)).toBe(true);
  });

  test('that is bad and another program made is measured, told and not used', async () => {
    table = await clusteredTable(dataset, noise(), { name: 'noise' });
    const lance = await table.lance();
    await lance.createIndex('vector', { config: Index.ivfPq({ numPartitions: 1, numSubVectors: 1 }) });
    const measuring = dataset.indexes.make(table, AUTOMATIC);
    // As far as its measurement: then another is made in its place.
    for await (const share of measuring) if (share === 0 || share === 1) break;
    expect(await verdict()).toBe('TOO_LOW');
    const { recallAt10 } = (await dataset.indexes.standing(table)).measurement ?? { recallAt10: 1 };
    expect(recallAt10).toBeLessThan(0.9);
    expect(await dataset.indexes.findings(table)).toMatchObject([
      { code: 'INDEX_RECALL_TOO_LOW', message: expect.stringContaining(`finds ${recallAt10.toFixed(3)} of`) },
    ]);
    expect(await choice()).toBeNull();
    expect(await dataset.indexes.isDue(table)).toBe(true);
  });

  test('of vectors in few bytes is used with as many candidates as hold the promise', async () => {
    await make({ type: 'IVF_PQ', minRecallAt10: 0.95 });
    expect(await choice()).toMatchObject({ type: 'IVF_PQ', refineFactor: expect.any(Number) });
    expect(await recall(10)).toBeGreaterThanOrEqual(0.95);
    const [nearest] = await search(new ClusteredVectors(5).next(), 10);
    expect(nearest).toEqual((await search(new ClusteredVectors(5).next(), 10, true))[0]);
  });

  test('is measured with texts where the model takes them, those that were searched for among them', async () => {
    const spoken = await clusteredTable(dataset, vectors.take(ROWS), { name: 'spoken', text: true });
    dataset.indexes.noteText(spoken, 'a microscope');
    await Array.fromAsync(dataset.indexes.make(spoken, AUTOMATIC));
    const { measurement } = await dataset.indexes.standing(spoken);
    expect(measurement).toMatchObject({ queries: 'TEXTS', modelKnown: true, queryCount: 200 });
  });

  test('measured while its model was away is not used once the model is there', async () => {
    const away = await copyOfLibrary('items');
    const elsewhere = await Dataset.open(join(away.path, 'health_images'), { models: away.models, indexRows: 2000 });
    table = await clusteredTable(elsewhere, vectors.take(ROWS), { text: true });
    await Array.fromAsync(elsewhere.indexes.make(table, AUTOMATIC));
    const { measurement } = await elsewhere.indexes.standing(table);
    expect(measurement).toMatchObject({ queries: 'ROWS', modelKnown: false });
    expect(await elsewhere.indexes.for(table, 10)).not.toBeNull();
    const path = join(away.path, 'health_images');
    const here = await Dataset.open(path, { models: models.models, indexRows: 2000 });
    expect(await here.indexes.for(table, 10)).toBeNull();
    await away[Symbol.asyncDispose]();
  });

  test('whose making is ended leaves the table as it was, and is made when it is asked for again', async () => {
    const ending = new AbortController();
    const making = dataset.indexes.make(table, AUTOMATIC, { signal: ending.signal });
    expect((await making.next()).value).toBe(0);
    setTimeout(() => ending.abort(new Error('not now')), 200);
    await expect(making.next()).rejects.toThrow('not now');
    expect(await verdict()).toBe('NONE');
    expect(await readdir(join(dataset.state.path, 'indexes/health_images'))).toEqual([]);
    await make();
    expect(await choice()).not.toBeNull();
  });

  test('cannot be made of a table that has no rows', async () => {
    table = await clusteredTable(dataset, [], { name: 'empty' });
    await expect(make()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
