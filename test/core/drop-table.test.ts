import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { makeTable } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
afterEach(() => copy[Symbol.asyncDispose]());

describe('an embedding table that is dropped', () => {
  test('leaves schema.json as it was before it was made', async () => {
    copy = await copyOfLibrary('items', models);
    const dataset = await openDataset(copy);
    const schema = async () => JSON.parse(await readFile(join(dataset.path, 'schema.json'), 'utf8'));
    const before = await schema();
    await makeTable(dataset, 'emb');
    expect(await schema()).not.toEqual(before);
    await dataset.dropTable('emb');
    expect(await schema()).toEqual(before);
    expect(await dataset.findEmbeddingTable('emb')).toBeNull();
    await expect(stat(dataset.store.folder.of('emb'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await (await makeTable(dataset, 'emb')).rowCount()).toBe(0);
  });

  test("takes Pixano 0.8's sidecar with it", async () => {
    copy = await copyOfLibrary('records', models);
    const dataset = await openDataset(copy);
    await dataset.dropTable('embeddings');
    await expect(stat(join(dataset.path, 'embeddings.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await dataset.embeddingTables()).map(({ name }) => name)).not.toContain('embeddings');
  });

  test('may be one that cannot be read, and none that holds no embeddings', async () => {
    copy = await copyOfLibrary('items', models);
    const dataset = await openDataset(copy);
    await makeTable(dataset, 'emb');
    const versions = join(dataset.store.folder.of('emb'), '_versions');
    await rm(versions, { recursive: true });
    await writeFile(versions, 'no folder');
    const anew = await openDataset(copy);
    await anew.dropTable('emb');
    await expect(stat(anew.store.folder.of('emb'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(anew.dropTable('image')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(anew.dropTable('../emb')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
