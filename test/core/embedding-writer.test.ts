import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { writeEmbeddings } from '../../src/core/embedding-writer.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addCopies } from './more-views.ts';
import { compute, makeTable } from './tutorial.ts';

const PROCESS = new URL('fixtures/compute-process.ts', import.meta.url);

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await openDataset(copy);
  await addCopies(dataset, 80);
  await makeTable(dataset, 'emb_ours');
});
afterEach(() => copy[Symbol.asyncDispose]());

const complete = { rows: 92, views: 92, embedded: 92, duplicates: 0, orphans: 0 };
const coverage = async (table: string) => dataset.coverage(await dataset.embeddingTable(table));

describe('two computations at once leave one row a view', () => {
  test('in one process', async () => {
    const table = 'emb_ours';
    const other = await openDataset(copy);
    const both = await Promise.all([compute(dataset, table), compute(other, table)]);
    for (const { embedded, skipped } of both) expect(embedded + skipped).toBe(92);
    expect(await coverage(table)).toEqual(complete);
  });

  test('in two, also in a table that Python made and gave no key', async () => {
    const table = 'emb_tiny';
    const children = [0, 1].map(() => fork(PROCESS, [dataset.path, copy.media, table], { execArgv: [] }));
    await Promise.all(children.map((child) => messageOf(child, 'ready')));
    const done = children.map((child) => messageOf(child, 'done'));
    const exits = children.map((child) => once(child, 'exit'));
    for (const child of children) child.send('go');
    await Promise.all(done);
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await coverage(table)).toEqual(complete);
  });
});

test('the same rows, written by several at once to a table of Python, are there once', async () => {
  const views = (await Array.fromAsync(dataset.views.stream())).slice(12);
  const batch = views.map((view) => ({ view, vector: new Float32Array(512).fill(1) }));
  const tables = await Promise.all([1, 2, 3, 4].map(async () => (await openDataset(copy)).embeddingTable('emb_tiny')));
  await Promise.all(tables.map((table) => writeEmbeddings(table, batch, { replace: false })));
  expect(await coverage('emb_tiny')).toEqual(complete);
});

async function messageOf(child: ChildProcess, expected: string): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => `an exit with ${code}`);
  const message = await Promise.race([once(child, 'message').then(([text]) => text), ended]);
  expect(message).toBe(expected);
}

test('nothing is written to a table that was replaced by one of another space meanwhile', async () => {
  const table = await dataset.embeddingTable('emb_ours');
  const other = await openDataset(copy);
  const schema = { tableName: 'emb_ours', embeddingFunction: 'open-clip', given: {}, options: {}, dimensions: 6 };
  await other.createTable({ name: 'emb_ours', schema, relation: 'one_to_one', mode: 'overwrite' });
  const views = await Array.fromAsync(dataset.views.stream({}, { limit: 3 }));
  const batch = views.map((view) => ({ view, vector: new Float32Array(512).fill(1) }));
  await expect(writeEmbeddings(table, batch, { replace: false })).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await table.rowCount()).toBe(0);
});
