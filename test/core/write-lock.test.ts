import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { flock } from 'fs-ext-extra-prebuilt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { writeEmbeddings } from '../../src/core/embedding-writer.ts';
import { asOnlyWriter } from '../../src/core/write-lock.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { addPictures } from './more-views.ts';
import { makeTable, makeTableOf } from './tutorial.ts';

let copy: LibraryCopy;
let path: string;
beforeEach(async () => {
  copy = await copyOfLibrary('records');
  path = join(copy.path, 'health_images');
});
afterEach(() => copy[Symbol.asyncDispose]());

const lockFile = () => join(copy.path, `.${basename(path)}.pixano-write.lock`);
const token = () => readFile(join(path, '.pixano-mutation'), 'utf8');

/** Takes the lock as Pixano does; it is free again when the file is closed. */
async function lockAsPixano() {
  const file = await open(lockFile(), 'a');
  await new Promise<void>((resolve, reject) => {
    flock(file.fd, 'exnb', (error) => (error ? reject(error) : resolve()));
  }).catch(async (error) => {
    await file.close();
    throw error;
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

describe('a writer', () => {
  const nothing = async () => {};

  test('waits no longer than it is told, and says what it waited for', async () => {
    await using _pixano = await lockAsPixano();
    const before = await token();
    for (const patienceMs of [0, 120]) {
      const started = performance.now();
      await expect(asOnlyWriter(path, nothing, { patienceMs })).rejects.toMatchObject({
        name: 'ConflictError',
        code: 'DATASET_BUSY',
        message: expect.stringContaining(path),
      });
      expect(performance.now() - started).toBeGreaterThanOrEqual(patienceMs);
    }
    expect(await token()).toBe(before);
  });

  test('stops waiting when it is told to', async () => {
    await using _pixano = await lockAsPixano();
    const reason = new Error('no more');
    const stop = new AbortController();
    const waiting = asOnlyWriter(path, nothing, { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
    await expect(asOnlyWriter(path, nothing, { signal: stop.signal })).rejects.toBe(reason);
  });

  test('takes the lock of the folder itself where it is reached by a link', async () => {
    const link = join(copy.temporary, 'linked');
    await symlink(path, link, 'junction');
    await asOnlyWriter(link, () => expect(lockAsPixano()).rejects.toThrow());
  });

  test.each([
    ['the lock', () => lockFile()],
    ['the token', () => join(path, '.pixano-mutation.tmp')],
  ])('says so where it may not write %s', async (_what, file) => {
    await rm(file(), { force: true });
    await mkdir(file());
    await expect(asOnlyWriter(path, nothing)).rejects.toMatchObject({
      name: 'ConflictError',
      code: 'CONFLICT',
      message: expect.stringContaining(file()),
    });
  });

  test('says so where the dataset is gone', async () => {
    await rm(path, { recursive: true });
    await expect(asOnlyWriter(path, nothing)).rejects.toMatchObject({ code: 'CONFLICT', message: /ENOENT/ });
  });
});

describe.skipIf(spawnSync('flock', ['--version']).error !== undefined)('while another program holds the lock', () => {
  /** Holds it, as flock(1) of util-linux, until it is told to end. */
  async function holdLock() {
    const child = spawn('flock', [lockFile(), 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return {
      async [Symbol.asyncDispose]() {
        child.stdin.end();
        await once(child, 'exit');
      },
    };
  }

  test('a job waits in its middle, writes nothing, and goes on when it is free', async () => {
    const dataset = await openDataset(copy);
    await addPictures(
      dataset,
      Array.from({ length: 150 }, (_, index) => ({ id: `more-${index}` })),
    );
    const table = await makeTable(dataset, 'emb_ours');
    const job = dataset.computeViewEmbeddings('emb_ours');
    while (((await job.next()).value?.embedded ?? 0) === 0);
    const lock = await holdLock();
    const [rows, tokenBefore] = [await table.rowCount(), await token()];
    const finished = Array.fromAsync(job).then((progress) => progress.at(-1));
    expect(await Promise.race([finished, delay(1500, 'waiting')])).toBe('waiting');
    expect([await table.rowCount(), await token()]).toEqual([rows, tokenBefore]);
    await lock[Symbol.asyncDispose]();
    expect(await finished).toMatchObject({ total: 162, embedded: 162, failed: 0 });
    expect(await token()).not.toBe(tokenBefore);
  });

  test('a job that is cancelled ends, though the lock is never free', async () => {
    const dataset = await openDataset(copy);
    const table = await makeTable(dataset, 'emb_ours');
    await using _lock = await holdLock();
    const stop = new AbortController();
    const job = Array.fromAsync(dataset.computeViewEmbeddings('emb_ours', {}, { signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('enough')), 2000);
    await expect(job).rejects.toThrow('enough');
    expect(await table.rowCount()).toBe(0);
  });

  test('no table is made and none is emptied, and after its limit the writer says so', async () => {
    await using _lock = await holdLock();
    const dataset = await Dataset.open(path, { models: copy.models, patienceMs: 50 });
    const sidecar = () => readFile(join(path, 'embeddings.json'), 'utf8');
    const before = [await dataset.store.folder.names(), await sidecar(), await token()];
    const busy = { code: 'DATASET_BUSY', message: /for 0.05 s/ };
    await expect(makeTable(dataset, 'emb_ours')).rejects.toMatchObject(busy);
    await expect(
      makeTable(dataset, 'embeddings', { embeddingFunction: 'open-clip' }, { mode: 'overwrite' }),
    ).rejects.toMatchObject(busy);
    expect([await dataset.store.folder.names(), await sidecar(), await token()]).toEqual(before);
    expect(await dataset.store.count('embeddings')).toBe(12);
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
