import { open, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { flock } from 'fs-ext-extra-prebuilt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeEmbeddings } from '../../src/core/embedding-writer.ts';
import { asOnlyWriter } from '../../src/core/write-lock.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { makeTableOf } from './tutorial.ts';

let copy: LibraryCopy;
let path: string;
beforeEach(async () => {
  copy = await copyOfLibrary('records');
  path = join(copy.path, 'health_images');
});
afterEach(() => copy[Symbol.asyncDispose]());

const token = () => readFile(join(path, '.pixano-mutation'), 'utf8');

/** Takes the lock as Pixano does; it is free again when the file is closed. */
async function lockAsPixano() {
  const file = await open(join(copy.path, `.${basename(path)}.pixano-write.lock`), 'a');
  await new Promise<void>((resolve, reject) => {
    flock(file.fd, 'exnb', (error) => (error ? reject(error) : resolve()));
  });
  return file;
}

describe('a write to a dataset of Pixano 0.8', () => {
  test('gives the dataset a new token before it begins', async () => {
    const before = await token();
    const during = await asOnlyWriter(path, token);
    expect(during).toMatch(/^[0-9a-f]{32}$/);
    expect(during).not.toBe(before);
    expect(await token()).toBe(during);
  });

  test('keeps Pixano out while it lasts, and no longer, however it ends', async () => {
    await asOnlyWriter(path, () => expect(lockAsPixano()).rejects.toThrow());
    const failing = asOnlyWriter(path, async () => {
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    await (await lockAsPixano()).close();
  });

  test('waits until Pixano has written', async () => {
    const pixano = await lockAsPixano();
    const order: string[] = [];
    const ours = asOnlyWriter(path, async () => order.push('ours'));
    const tried = await token();
    order.push('Pixano');
    expect(await token()).toBe(tried);
    await pixano.close();
    await ours;
    expect(order).toEqual(['Pixano', 'ours']);
  });

  test('waits for each other', async () => {
    let under = 0;
    const write = async () => {
      under += 1;
      expect(under).toBe(1);
      await token();
      under -= 1;
    };
    await Promise.all([1, 2, 3].map(() => asOnlyWriter(path, write)));
  });
});

test('the same rows, written by several at once to a table without a key, are there once', async () => {
  const dataset = await openDataset(copy);
  await makeTableOf(dataset, 'emb_ours', { embeddingFunction: 'open-clip', options: {}, dimensions: 512 });
  const views = await Array.fromAsync(dataset.views.stream());
  const batch = views.map((view) => ({ view, vector: new Float32Array(512).fill(1) }));
  const tables = await Promise.all([1, 2, 3, 4].map(async () => (await openDataset(copy)).embeddingTable('emb_ours')));
  await Promise.all(tables.map((table, index) => writeEmbeddings(table, batch, { replace: index % 2 === 1 })));
  const coverage = await dataset.coverage(await dataset.embeddingTable('emb_ours'));
  expect(coverage).toEqual({ rows: 12, views: 12, embedded: 12, duplicates: 0, orphans: 0 });
});
