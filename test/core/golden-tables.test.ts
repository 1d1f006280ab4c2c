import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as Arrow from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { arrow } from '../../src/core/arrow.ts';
import type { Dataset } from '../../src/core/dataset.ts';
import { newItemsDataset } from '../../src/core/import/new-items-dataset.ts';
import { newRecordsDataset } from '../../src/core/import/new-records-dataset.ts';
import { UnfinishedDataset } from '../../src/core/import/unfinished-dataset.ts';
import type { Value } from '../../src/core/row.ts';
import { TableStore } from '../../src/core/table-store.ts';
import { readGolden } from '../golden.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { makeTable } from './tutorial.ts';

const tableSchema = z.object({
  rows: z.int(),
  data_storage_version: z.string(),
  schema_metadata: z.record(z.string(), z.string()),
  fields: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean(), metadata: z.object({}) })),
  data: z.array(z.record(z.string(), z.json())),
});
const recorded = {
  items: await readGolden('items/tables.json', z.record(z.string(), tableSchema)),
  records: await readGolden('records/tables.json', z.record(z.string(), tableSchema)),
};

/** A table's columns and what it says of itself, in the words of pyarrow. */
async function schemaOf(store: TableStore, table: string) {
  const schema = await store.schema(table);
  return {
    fields: schema.fields.map(({ name, type, nullable, metadata }) => {
      return { name, type: typeName(type), nullable, metadata: Object.fromEntries(metadata) };
    }),
    schema_metadata: Object.fromEntries(schema.metadata),
  };
}

function typeName(type: Arrow.DataType): string {
  const { DataType } = arrow;
  const child = (field: Arrow.Field) => `${field.name}: ${typeName(field.type)}${field.nullable ? '' : ' not null'}`;
  const children = (type.children ?? []).map(child).join(', ');
  if (DataType.isFixedSizeList(type)) return `fixed_size_list<${children}>[${type.listSize}]`;
  if (DataType.isList(type)) return `list<${children}>`;
  if (DataType.isStruct(type)) return `struct<${children}>`;
  if (DataType.isTimestamp(type)) return 'timestamp[us]';
  const names: Record<string, string> = {
    Utf8: 'string',
    Float32: 'float',
    Float64: 'double',
    LargeBinary: 'large_binary',
  };
  return names[String(type)] ?? String(type).toLowerCase();
}

/** The last bytes of a table's data files: the numbers of their format, and a magic word. */
async function formatOf(store: TableStore, table: string): Promise<string[]> {
  const folder = join(store.folder.of(table), 'data');
  const files = await readdir(folder).catch(() => []);
  const ends = files.map(async (file) => (await readFile(join(folder, file))).subarray(-8).toString('hex'));
  return [...new Set(await Promise.all(ends))];
}

const FORMAT_2_0 = Buffer.from([0, 0, 3, 0, ...Buffer.from('LANC')]).toString('hex');

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

describe.each(['items', 'records'] as const)('in the %s library', (kind) => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    copy = await copyOfLibrary(kind, models);
    dataset = await openDataset(copy);
  });
  afterAll(() => copy[Symbol.asyncDispose]());

  test('the tables are those that Pixano wrote', async () => {
    expect((await dataset.tables()).map(({ name }) => name)).toEqual(Object.keys(recorded[kind]).sort());
  });

  test.each(Object.entries(recorded[kind]))('%s has its columns, its format and its rows', async (name, table) => {
    const { fields, schema_metadata, data_storage_version, rows, data } = table;
    expect(await schemaOf(dataset.store, name)).toEqual({ fields, schema_metadata });
    expect(data_storage_version).toBe('2.0');
    for (const format of await formatOf(dataset.store, name)) expect(format).toBe(FORMAT_2_0);
    const found = await dataset.getData(name);
    expect(found).toHaveLength(rows);
    expect(found.map(({ values }) => values)).toEqual(data.map((row) => like(row)));
    const told = (await dataset.tables()).find((each) => each.name === name);
    expect(told?.rowCount).toBe(rows);
    expect(told?.columns.map((column) => [column.name, column.nullable])).toEqual(
      fields.map((field) => [field.name, field.nullable]),
    );
  });
});

describe('a table that is made here has the columns that Pixano gives it', () => {
  const { items } = recorded;

  test('where it is one of view embeddings in the items layout', async () => {
    await using copy = await copyOfLibrary('items', models);
    const dataset = await openDataset(copy);
    await makeTable(dataset, 'emb_ours');
    const { fields, schema_metadata } = items.emb_tiny ?? {};
    const metadata = schema_metadata?.embedding_functions?.replace('_emb_tiny_', '_emb_ours_');
    const expected = { fields, schema_metadata: { embedding_functions: metadata } };
    expect(await schemaOf(dataset.store, 'emb_ours')).toEqual(expected);
  });

  test.each(['0.7.2', '0.8.0'])('where it is one of view embeddings in the records layout of %s', async (version) => {
    const call = 'uri views emb_open-clip: arrow schema + metadata';
    const result = z.object({ fields: z.array(z.string()), embedding_functions: z.string() });
    const recording = z.looseObject({ [call]: z.object({ result }) });
    const calls = await readGolden(`records/view_embedding_path_${version}.json`, recording);
    const { fields, embedding_functions } = result.parse(calls[call]?.result);
    await using copy = await copyOfLibrary('records', models);
    const dataset = await openDataset(copy);
    await makeTable(dataset, 'emb_open-clip', { embeddingFunction: 'open-clip' });
    const ours = await schemaOf(dataset.store, 'emb_open-clip');
    expect(ours.fields.map(({ name, type, nullable }) => `${name}: ${type}${nullable ? '' : ' not null'}`)).toEqual(
      fields,
    );
    const metadata = embedding_functions.replace('pixano_uri_ds_', `pixano_${dataset.id}_`);
    expect(ours.schema_metadata).toEqual({ embedding_functions: metadata });
  });

  test('where it is the one that 0.8.0 keeps', async () => {
    await using copy = await copyOfLibrary('records', models);
    const folder = join(copy.path, 'health_images');
    await rm(join(folder, 'db/embeddings.lance'), { recursive: true });
    const sidecar = await readFile(join(folder, 'embeddings.json'), 'utf8');
    await rm(join(folder, 'embeddings.json'));
    const dataset = await openDataset(copy);
    const model = { embeddingFunction: 'open-clip', options: { name: 'pixano-tiny-clip' } };
    await makeTable(dataset, 'embeddings', model);
    const { fields, schema_metadata } = recorded.records.embeddings ?? {};
    expect(await schemaOf(dataset.store, 'embeddings')).toEqual({ fields, schema_metadata });
    expect(JSON.parse(await readFile(join(folder, 'embeddings.json'), 'utf8'))).toEqual(JSON.parse(sidecar));
  });

  test.each([
    ['items', newItemsDataset, ['image_type']],
    ['records', newRecordsDataset, ['image_type', 'metadata']],
  ] as const)('where a whole dataset is made in the %s layout', async (kind, newDataset, columns) => {
    await using copy = await copyOfLibrary(kind, models);
    const path = join(copy.path, 'made');
    const text = (name: string) => ({ name, type: 'str', collection: false }) as const;
    const shape = { views: ['image'], itemColumns: columns.map(text), entityColumns: [text('category')] };
    const layout = newDataset({ id: 'made', name: 'Made', description: '', byUri: false, ...shape });
    const dataset = await UnfinishedDataset.open(path, layout, 'a test');
    const nothing = { views: [], entities: [], pictures: [] };
    await dataset.write([{ where: '', id: 'i', split: 'all', attributes: new Map(), ...nothing }]);
    await dataset.finish();
    const store = new TableStore(join(path, 'db'));
    for (const name of layout.tables.keys()) {
      const { fields, schema_metadata } = recorded[kind][name] ?? {};
      expect(await schemaOf(store, name)).toEqual({ fields, schema_metadata });
      for (const format of await formatOf(store, name)) expect(format).toBe(FORMAT_2_0);
    }
  });
});

/** What a recorded value must be here: of bytes there is a checksum, of vectors their beginning. */
function like(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(like);
  if (typeof value !== 'object' || value === null) return value;
  const digest = z.object({ $bytes: z.int(), sha256_16: z.string() }).safeParse(value).data;
  if (digest)
    return expect.toSatisfy((bytes) => bytes.length === digest.$bytes && checksum(bytes) === digest.sha256_16);
  const vector = z.object({ $float32: z.int(), head: z.array(z.number()) }).safeParse(value).data;
  if (vector) return expect.toSatisfy((floats) => floats.length === vector.$float32 && begins(floats, vector.head));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, like(each)]));
}

function checksum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

function begins(vector: readonly Value[], head: readonly number[]): boolean {
  return head.every((component, index) => vector[index] === component);
}
