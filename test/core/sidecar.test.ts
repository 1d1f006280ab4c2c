import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSidecar, removeSidecar, sidecarSpace, writeSidecar } from '../../src/core/sidecar.ts';
import { FIXTURES } from '../library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidecar-'));
});
afterEach(() => rm(folder, { recursive: true }));

const FILE = 'embeddings.json';
const sidecar = { table: 'embeddings', model_id: 'M', dim: 512, metric: 'cosine', source_view: 'image' };

describe('the sidecar of Pixano 0.8', () => {
  test('names the model folder and the distance of its table', async () => {
    await writeFile(join(folder, FILE), JSON.stringify(sidecar));
    const read = await readSidecar(folder);
    expect(read).toEqual({ modelId: 'M', dimensions: 512, metric: 'cosine' });
    expect(read && sidecarSpace(read, {})).toEqual({
      embeddingFunction: 'open-clip',
      options: { name: 'M' },
      distance: 'cosine',
      vectorColumn: 'vector',
      sourceColumn: null,
    });
  });

  test('names another function where the configuration says so', () => {
    const mine = { embeddingFunction: 'mine', options: { name: 'x' } };
    const space = (modelId: string) => sidecarSpace({ modelId, dimensions: 3, metric: 'l2' }, { M: mine });
    expect(space('M')).toMatchObject({ ...mine, distance: 'l2' });
    expect(space('constructor')).toMatchObject({ embeddingFunction: 'open-clip', options: { name: 'constructor' } });
  });

  test('is written letter by letter as Pixano 0.8.0 writes it, and read back', async () => {
    await writeSidecar(folder, { modelId: 'pixano-tiny-clip', dimensions: 512 });
    const pixano = join(FIXTURES, 'records/data/library/health_images', FILE);
    expect(await readFile(join(folder, FILE), 'utf8')).toBe(await readFile(pixano, 'utf8'));
    expect(await readSidecar(folder)).toEqual({ modelId: 'pixano-tiny-clip', dimensions: 512, metric: 'cosine' });
    expect(await readdir(folder)).toEqual([FILE]);
  });

  test.each([
    ['no JSON', 'x'],
    ['without a model', JSON.stringify({ ...sidecar, model_id: undefined })],
    ['without a dimension', JSON.stringify({ ...sidecar, dim: undefined })],
    ['of another metric', JSON.stringify({ ...sidecar, metric: 'hamming' })],
  ])('that is %s counts as none', async (_what, text) => {
    await writeFile(join(folder, FILE), text);
    expect(await readSidecar(folder)).toBeNull();
  });

  test('is taken as Pixano takes it where it leaves out what Pixano does not need', async () => {
    await writeFile(join(folder, FILE), JSON.stringify({ model_id: 'M', dim: 3 }));
    expect(await readSidecar(folder)).toEqual({ modelId: 'M', dimensions: 3, metric: 'cosine' });
  });

  test('that is missing is none, and can be removed all the same', async () => {
    expect(await readSidecar(folder)).toBeNull();
    await writeSidecar(folder, { modelId: 'M', dimensions: 3 });
    await removeSidecar(folder);
    await removeSidecar(folder);
    expect(await readSidecar(folder)).toBeNull();
  });
});
