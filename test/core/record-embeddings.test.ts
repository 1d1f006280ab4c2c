import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import type { CreateTableInput } from '../../src/core/embedding-table-creation.ts';
import { asOnlyWriter } from '../../src/core/write-lock.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { columnShape } from './column-shape.ts';
import { addPictures } from './more-views.ts';
import { compute, makeTable, makeTableOf, TINY, TOUCHY } from './tutorial.ts';

const NAME = 'embeddings';
const MAKE = new URL('fixtures/record-embeddings-process.ts', import.meta.url);
const COMPUTE = new URL('fixtures/compute-process.ts', import.meta.url);

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('records', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const fileOf = (name: string) => join(dataset.path, name);
const sidecar = () => readFile(fileOf('embeddings.json'), 'utf8');

/** As before Pixano computed anything. */
async function forget(): Promise<void> {
  await rm(fileOf('embeddings.json'));
  await rm(fileOf(`db/${NAME}.lance`), { recursive: true });
  dataset = await openDataset(copy);
}

function create({ options = TINY, ...more }: Partial<CreateTableInput> & { options?: object } = {}) {
  return makeTable(dataset, NAME, { embeddingFunction: 'open-clip', options }, more);
}

interface Stored {
  readonly id: string;
  readonly view: string;
  readonly item: string;
  readonly vector: Float32Array;
}

async function stored(): Promise<Stored[]> {
  const rows = await dataset.getData(NAME);
  return rows.map(({ id, values: { view_id: view, record_id: item, vector } }) => {
    if (!(vector instanceof Float32Array)) throw new Error('A row has a vector.');
    return { id, view: String(view), item: String(item), vector };
  });
}

describe('the table "embeddings" that is made anew', () => {
  test('has the columns, the index and the sidecar of the one that Pixano 0.8.0 made, and no metadata', async () => {
    const python = await dataset.store.open(NAME);
    const [schema, indices, file] = [await python.schema(), await python.listIndices(), await sidecar()];
    const info = await readFile(fileOf('info.json'));
    await forget();
    const ours = await (await create()).lance();
    const made = await ours.schema();
    expect(made.fields.map(columnShape)).toEqual(schema.fields.map(columnShape));
    expect([made.metadata.size, schema.metadata.size]).toEqual([0, 0]);
    expect(made.fields.flatMap((field) => [...field.metadata])).toEqual([]);
    const named = ({ name, columns, indexType }: (typeof indices)[number]) => ({ name, columns, indexType });
    expect((await ours.listIndices()).map(named)).toEqual(
      indices.map(named).filter(({ columns }) => columns[0] === 'record_id'),
    );
    expect(await sidecar()).toBe(file);
    expect(await readFile(fileOf('info.json'))).toEqual(info);
    expect((await readdir(dataset.path)).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('is filled with the rows that Pixano 0.8.0 wrote, ids apart', async () => {
    const python = new Map((await stored()).map((row) => [row.item, row]));
    const shapes = async () => (await dataset.getData(NAME)).map(({ values }) => [values.frame_id, values.shape]);
    const theirs = await shapes();
    await forget();
    await create();
    expect(await compute(dataset, NAME)).toMatchObject({ total: 12, embedded: 12, skipped: 0 });
    expect(await compute(dataset, NAME)).toMatchObject({ total: 12, embedded: 0, skipped: 12 });
    expect(await shapes()).toEqual(theirs);
    const ours = await stored();
    expect(new Set(ours.map(({ id }) => id)).size).toBe(12);
    for (const row of ours) {
      const same = python.get(row.item);
      expect(row.view).toBe(same?.view);
      for (const [index, value] of row.vector.entries())
        expect(value).toBeCloseTo(same?.vector[index] ?? Number.NaN, 5);
    }
    expect(await dataset.health(await dataset.embeddingTable(NAME))).toEqual({ health: 'READY', findings: [] });
  });

  test.each([
    [{}, 'ViT-B-32__laion2b_s34b_b79k'],
    [TINY, 'pixano-tiny-clip'],
    [{ name: 'free-batch', pretrained: 'random' }, 'free-batch__random'],
    [{ name: 'free-batch__random' }, 'free-batch__random'],
  ])('of %j names the model folder %s, and is read back so', async (options, modelId) => {
    await forget();
    const table = await create({ options });
    expect(JSON.parse(await sidecar()).model_id).toBe(modelId);
    expect(table.space).toMatchObject({
      embeddingFunction: 'open-clip',
      options: { name: modelId },
      distance: 'cosine',
    });
    const located = await dataset.models.locate('open-clip', table.space.options);
    expect(located).toMatchObject({ installed: true, name: modelId });
  });

  test('is of open-clip with no options but the model, unless the configuration gives others a name', async () => {
    await forget();
    const touchy = { embeddingFunction: 'touchy', options: {}, dimensions: 3 };
    const told = { code: 'INVALID_INPUT', message: /modelIds/ };
    await expect(makeTableOf(dataset, NAME, touchy)).rejects.toMatchObject(told);
    await expect(create({ options: { ...TINY, batch_size: 32 } })).rejects.toMatchObject(told);
    expect([await dataset.store.folder.names(), existsSync(fileOf('embeddings.json'))]).not.toContain(NAME);

    const modelIds = { mine: { embeddingFunction: 'touchy', options: {} } };
    dataset = await Dataset.open(dataset.path, { models: copy.models, mediaDir: copy.media, modelIds });
    const table = await makeTable(dataset, NAME, { embeddingFunction: 'touchy' });
    expect(JSON.parse(await sidecar())).toMatchObject({ model_id: 'mine', dim: 3 });
    expect(table.space).toMatchObject({ embeddingFunction: 'touchy', options: {} });
    expect(await compute(dataset, NAME)).toMatchObject({ embedded: 12 });
  });
});

describe('the table "embeddings" that is there', () => {
  const conflict = { name: 'ConflictError', code: 'CONFLICT' };

  test('or is made at the same time of another model, is a conflict for one of the two', async () => {
    await forget();
    const other = await openDataset(copy);
    const both = await Promise.allSettled([create(), makeTable(other, NAME, { embeddingFunction: 'open-clip' })]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: conflict });
  });

  test('is a conflict, and with existOk is left as it is', async () => {
    const before = await sidecar();
    await expect(create()).rejects.toMatchObject({ ...conflict, message: /already has a table "embeddings"/ });
    expect(await (await create({ existOk: true })).rowCount()).toBe(12);
    expect(await sidecar()).toBe(before);
  });

  test('is a conflict for another model even then', async () => {
    const another = create({ existOk: true, options: {} });
    await expect(another).rejects.toMatchObject({ ...conflict, message: /"pixano-tiny-clip"/ });
    expect(await (await dataset.embeddingTable(NAME)).rowCount()).toBe(12);
  });

  test('is emptied by overwrite, which may give it another model', async () => {
    const table = await create({ mode: 'overwrite', options: {} });
    expect(await table.rowCount()).toBe(0);
    expect(JSON.parse(await sidecar()).model_id).toBe('ViT-B-32__laion2b_s34b_b79k');
    expect((await (await table.lance()).listIndices()).map(({ columns }) => columns)).toEqual([['record_id']]);
    expect(await compute(dataset, NAME)).toMatchObject({ embedded: 12 });
  });

  test('is not written to once another program has replaced it by one of another model', async () => {
    await (await dataset.store.open(NAME)).delete('true');
    const computing = dataset.computeViewEmbeddings(NAME);
    await computing.next();
    await create({ mode: 'overwrite', options: {} });
    await expect(Array.fromAsync(computing)).rejects.toMatchObject({ ...conflict, message: /was replaced/ });
    expect(await (await dataset.embeddingTable(NAME)).rowCount()).toBe(0);
  });

  test('without a sidecar is kept where it has rows, for nothing says of which model', async () => {
    await rm(fileOf('embeddings.json'));
    await expect(create({ existOk: true })).rejects.toMatchObject({ ...conflict, message: /12 vectors/ });
    expect(await dataset.store.count(NAME)).toBe(12);
    await create({ mode: 'overwrite' });
    expect(await compute(dataset, NAME)).toMatchObject({ embedded: 12 });
  });

  test('with a sidecar of another length is unreadable, and overwrite puts it right', async () => {
    await writeFile(fileOf('embeddings.json'), (await sidecar()).replace('512', '256'));
    expect(await dataset.unreadableTables()).toMatchObject([
      { name: NAME, message: expect.stringMatching(/512.*256/) },
    ]);
    expect(await dataset.embeddingTables()).toEqual([]);
    expect(await (await create({ mode: 'overwrite' })).rowCount()).toBe(0);
  });

  test('in the sidecar alone is made, of any model', async () => {
    await rm(fileOf(`db/${NAME}.lance`), { recursive: true });
    dataset = await openDataset(copy);
    await create({ options: {} });
    expect(JSON.parse(await sidecar()).model_id).toBe('ViT-B-32__laion2b_s34b_b79k');
  });
});

describe('a crash', () => {
  test('between the table and its sidecar is healed by asking again', async () => {
    await forget();
    const manifest = fileOf(`db/${NAME}.lance/_versions/1.manifest`);
    const child = fork(MAKE, [dataset.path, copy.media, manifest], { execArgv: [] });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(existsSync(fileOf('embeddings.json'))).toBe(false);
    expect(await dataset.findEmbeddingTable(NAME)).toBeNull();
    await create({ existOk: true });
    expect(await compute(dataset, NAME)).toMatchObject({ embedded: 12 });
  });

  test('in the middle of making the table is healed as well', async () => {
    await forget();
    await mkdir(fileOf(`db/${NAME}.lance/_transactions`), { recursive: true });
    await mkdir(fileOf(`db/${NAME}.lance/_versions`));
    await create();
    expect(await compute(dataset, NAME)).toMatchObject({ embedded: 12 });
  });
});

describe('one vector a record', () => {
  let items: string[];
  beforeEach(async () => {
    items = (await dataset.items.list({ limit: 12 })).map(({ id }) => id);
    await forget();
    await create();
  });
  const add = (id: string, item: number, name?: string) =>
    addPictures(dataset, [{ id, itemId: items[item] ?? '', ...(name === undefined ? {} : { name }) }]);
  const coverage = async () => dataset.coverage(await dataset.embeddingTable(NAME));
  const complete = { rows: 12, views: 12, embedded: 12, duplicates: 0, orphans: 0 };

  test('is that of its first picture, of which Pixano 0.8 takes it', async () => {
    const before = (await dataset.getData('images')).map(({ id }) => id);
    await add('second', 0);
    await add('third', 0);
    expect(await compute(dataset, NAME)).toMatchObject({ total: 12, embedded: 12 });
    expect(new Set((await stored()).map(({ view }) => view))).toEqual(new Set(before));
    expect(await coverage()).toEqual(complete);
    expect((await dataset.health(await dataset.embeddingTable(NAME))).health).toBe('READY');
  });

  test('stays the one that it is, whichever picture is selected', async () => {
    await add('second', 0);
    expect(await compute(dataset, NAME, [{ table: 'images', id: 'second' }])).toMatchObject({ total: 1, embedded: 1 });
    expect(await compute(dataset, NAME)).toMatchObject({ total: 12, embedded: 11, skipped: 1 });
    expect((await stored()).find(({ item }) => item === items[0])?.view).toBe('second');
    expect(await coverage()).toEqual(complete);
  });

  test('is replaced, and not joined, by that of another picture', async () => {
    await compute(dataset, NAME);
    await add('second', 0);
    const selection = [{ table: 'images', id: 'second' }];
    expect(await compute(dataset, NAME, selection)).toMatchObject({ total: 0 });
    expect(await compute(dataset, NAME, selection, { recompute: true })).toMatchObject({ total: 1, embedded: 1 });
    expect((await stored()).filter(({ item }) => item === items[0]).map(({ view }) => view)).toEqual(['second']);
    expect(await coverage()).toEqual(complete);
  });

  test('is made anew where its picture was deleted and the record has another', async () => {
    await compute(dataset, NAME);
    const gone = (await stored()).find(({ item }) => item === items[3])?.view;
    await (await dataset.store.open('images')).delete(`id = '${gone}'`);
    await add('instead', 3);
    expect(await coverage()).toEqual({ ...complete, embedded: 11, orphans: 1 });
    expect(await compute(dataset, NAME)).toMatchObject({ total: 12, embedded: 1, skipped: 11 });
    expect(await coverage()).toEqual(complete);
  });

  test('is there once though Pixano 0.8 has written it meanwhile, with an id of its own', async () => {
    const python = join(FIXTURES, `records/data/library/health_images/db/${NAME}.lance`);
    await cp(python, fileOf(`db/theirs.lance`), { recursive: true });
    const theirs = await (await dataset.store.open('theirs')).query().toArrow();
    const computing = dataset.computeViewEmbeddings(NAME);
    await computing.next();
    await asOnlyWriter(dataset.path, async () => {
      await (await dataset.store.open(NAME)).add(theirs);
    });
    await Array.fromAsync(computing);
    expect(await coverage()).toEqual(complete);
  });

  test('is there once though two processes compute it at once', async () => {
    const messageOf = (child: ChildProcess) => once(child, 'message').then(([message]) => message);
    const children = [0, 1].map(() => fork(COMPUTE, [dataset.path, copy.media, NAME], { execArgv: [] }));
    const exits = children.map((child) => once(child, 'exit'));
    expect(await Promise.all(children.map(messageOf))).toEqual(['ready', 'ready']);
    for (const child of children) child.send('go');
    expect(await Promise.all(children.map(messageOf))).toEqual(['done', 'done']);
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await coverage()).toEqual(complete);
  });
});
