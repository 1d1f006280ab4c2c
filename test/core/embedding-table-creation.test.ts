import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { CreateTableInput } from '../../src/core/embedding-table-creation.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { columnShape } from './column-shape.ts';
import { compute, makeTableOf, TINY } from './tutorial.ts';

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
});
afterEach(() => copy[Symbol.asyncDispose]());

async function create(
  name: string,
  { options = TINY, ...more }: Partial<Omit<CreateTableInput, 'schema'>> & { options?: object } = {},
) {
  const functionAndOptions = { embeddingFunction: 'open-clip', options: { ...options } };
  const schema = await ViewEmbedding.createSchema({ ...functionAndOptions, tableName: name, dataset });
  return dataset.createTable({ name, schema, relation: SchemaRelation.OneToOne, ...more });
}

const fileOf = (name: string) => join(dataset.path, name);
const schemaFile = async () => JSON.parse(await readFile(fileOf('schema.json'), 'utf8'));

/** Takes a table out of schema.json: what a crash leaves that came before the table was registered. */
async function forget(name: string): Promise<void> {
  const schema = await schemaFile();
  delete schema.relations[name];
  delete schema.relations.item[name];
  delete schema.schemas[name];
  schema.groups.embeddings = schema.groups.embeddings.filter((each: string) => each !== name);
  await writeFile(fileOf('schema.json'), JSON.stringify(schema));
  dataset = await openDataset(copy);
}

describe('a table that is made anew', () => {
  test('is in schema.json as Pixano 0.6.12 writes it, and info.json is left alone', async () => {
    const [before, info] = [await schemaFile(), await readFile(fileOf('info.json'))];
    await rm(fileOf('db/emb_tiny.lance'), { recursive: true });
    await forget('emb_tiny');
    await create('emb_tiny');
    expect(await schemaFile()).toEqual(before);
    expect(await readFile(fileOf('info.json'))).toEqual(info);
    expect((await readdir(dataset.path)).sort()).toEqual(['db', 'features_values.json', 'info.json', 'schema.json']);
  });

  test('has the columns and the metadata of the table that Python made, letter by letter', async () => {
    const python = await (await dataset.store.open('emb_tiny')).schema();
    await rm(fileOf('db/emb_tiny.lance'), { recursive: true });
    await forget('emb_tiny');
    const ours = await (await (await create('emb_tiny')).lance()).schema();
    expect(ours.metadata).toEqual(python.metadata);
    expect(ours.fields.map(columnShape)).toEqual(python.fields.map(columnShape));
  });

  test('with default options states them as Python does', async () => {
    const metadataOf = async (name: string) => (await (await dataset.store.open(name)).schema()).metadata;
    await create('emb_default', { options: {} });
    const [ours, python] = [await metadataOf('emb_default'), await metadataOf('emb_open-clip')];
    expect(ours.get('embedding_functions')?.replace('_emb_default_', '_emb_open-clip_')).toBe(
      python.get('embedding_functions'),
    );
  });

  test('is in the file format that Pixano 0.6.12 reads', async () => {
    await create('emb_ours');
    await compute(dataset, 'emb_ours');
    const manifests = (await readdir(fileOf('db/emb_ours.lance/_versions'))).filter((name) =>
      name.endsWith('manifest'),
    );
    expect(manifests).toContain('1.manifest');
    expect(manifests.filter((name) => name.length > '999.manifest'.length)).toEqual([]);
    // The last bytes of a data file are its format's numbers and a magic word.
    const ends = async (table: string) => {
      const [file = ''] = await readdir(fileOf(`db/${table}.lance/data`));
      return (await readFile(fileOf(`db/${table}.lance/data/${file}`))).subarray(-8);
    };
    expect(await ends('emb_ours')).toEqual(await ends('emb_tiny'));
  });

  test.each([
    [SchemaRelation.OneToOne, 'one_to_one', 'one_to_one'],
    [SchemaRelation.OneToMany, 'one_to_many', 'many_to_one'],
    [SchemaRelation.ManyToOne, 'many_to_one', 'one_to_many'],
    [SchemaRelation.ManyToMany, 'many_to_many', 'many_to_many'],
  ])('is related to the items %s, and the items to it', async (relation, ofTable, ofItem) => {
    const table = await create('emb_ours', { relation });
    const { relations } = await schemaFile();
    expect([relations.emb_ours.item, relations.item.emb_ours]).toEqual([ofTable, ofItem]);
    expect(table.relation).toBe(relation);
  });

  test('and another at the same time are both known to Pixano', async () => {
    await Promise.all(['emb_a', 'emb_b', 'emb_c'].map((name) => create(name)));
    expect((await schemaFile()).groups.embeddings.sort()).toEqual([
      'emb_a',
      'emb_b',
      'emb_c',
      'emb_open-clip',
      'emb_tiny',
    ]);
  });
});

describe('a table that is there already', () => {
  const conflict = { name: 'ConflictError', code: 'CONFLICT' };

  test('is a conflict, and with existOk is left as it is', async () => {
    await expect(create('emb_tiny')).rejects.toMatchObject({ ...conflict, message: /"emb_tiny"/ });
    const table = await create('emb_tiny', { existOk: true });
    expect(await table.rowCount()).toBe(12);
  });

  test('or is made at the same time in another space, is a conflict for one of the two', async () => {
    const both = await Promise.allSettled([create('emb_ours'), create('emb_ours', { options: {} })]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: conflict });
    expect((await schemaFile()).groups.embeddings).toContain('emb_ours');
  });

  test('with other options, or vectors of another length, is a conflict even then', async () => {
    const options = { ...TINY, batch_size: 32 };
    await expect(create('emb_tiny', { existOk: true, options })).rejects.toMatchObject(conflict);
    const space = { embeddingFunction: 'open-clip', options: TINY, dimensions: 256 };
    await expect(makeTableOf(dataset, 'emb_tiny', space, { existOk: true })).rejects.toMatchObject(conflict);
  });

  test('is emptied by overwrite, which may give it other options', async () => {
    const table = await create('emb_tiny', { mode: 'overwrite', options: {} });
    expect(await table.rowCount()).toBe(0);
    expect(table.space.options).toMatchObject({ name: 'ViT-B-32' });
    expect((await schemaFile()).groups.embeddings).toEqual(['emb_open-clip', 'emb_tiny']);
    expect(await compute(dataset, 'emb_tiny')).toMatchObject({ embedded: 12 });
  });

  test.each(['item', 'image', 'objects', 'source'])('and is %s, one of Pixano’s own, is kept', async (name) => {
    const before = await dataset.getData(name);
    for (const mode of ['create', 'overwrite'] as const) {
      await expect(create(name, { mode, existOk: true })).rejects.toMatchObject({
        ...conflict,
        message: /no embeddings/,
      });
    }
    expect(await dataset.getData(name)).toEqual(before);
  });

  test('in schema.json alone, as one of Pixano’s own, is not made one of embeddings', async () => {
    await rm(fileOf('db/masks.lance'), { recursive: true });
    await expect(create('masks')).rejects.toMatchObject(conflict);
  });

  test('and was not registered before a crash is finished by asking again', async () => {
    const before = await schemaFile();
    await forget('emb_tiny');
    await expect(create('emb_tiny', { options: {} })).rejects.toMatchObject(conflict);
    const table = await create('emb_tiny');
    expect(await table.rowCount()).toBe(12);
    expect(await schemaFile()).toEqual(before);
    await expect(create('emb_tiny')).rejects.toMatchObject(conflict);
  });

  test('and that Pixano has lost since is in its files again when it is computed', async () => {
    const before = await schemaFile();
    await forget('emb_tiny');
    await compute(dataset, 'emb_tiny');
    expect(await schemaFile()).toEqual(before);
  });
});

describe('a name', () => {
  const invalid = { code: 'INVALID_INPUT', issues: [{ path: ['name'] }] };

  test.each(['', '.', '..', 'EmbUp', 'a b', 'a/b', '../emb', 'é', "a'b", 'x'.repeat(201)])(
    '"%s" is refused',
    async (name) => {
      await expect(create(name)).rejects.toMatchObject(invalid);
    },
  );

  test('that the schema was not made for is refused', async () => {
    const schema = await ViewEmbedding.createSchema({ embeddingFunction: 'open-clip', tableName: 'a', dataset });
    const input = { name: 'b', schema, relation: SchemaRelation.OneToOne };
    await expect(dataset.createTable(input)).rejects.toMatchObject({ code: 'INVALID_INPUT', message: /"a".*"b"/ });
  });
});
