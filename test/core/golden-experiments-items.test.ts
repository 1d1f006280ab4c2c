import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeArrowTable } from '@lancedb/lancedb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../src/core/dataset.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { expectDistances, expectEveryCase, readGolden } from '../golden.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { compute, makeTable, TINY } from './tutorial.ts';

// What Pixano did when it was tried out, and what is done here in its place: the same where it is right.

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

/** A check of one recorded case; what was recorded is handed in. */
type Check = (recorded: Recorded) => Promise<void>;
const recordedSchema = z.object({ result: z.json().optional() });
type Recorded = z.infer<typeof recordedSchema>;

const rows = async (table: string) => (await dataset.getData(table)).length;
const search = (table: string, limit = 500) => dataset.semanticSearch('microscope', { table, limit });
const pictures = () => dataset.getData('image');
const create = async (name: string, more: object = {}) => {
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction: 'open-clip',
    tableName: name,
    dataset,
    options: TINY,
  });
  return dataset.createTable({ name, schema, relation: SchemaRelation.OneToOne, ...more });
};
const media = (name: string) => join(copy.media, 'health_images', name);

describe('Pixano 0.6.12 and a table of embeddings in the items layout', async () => {
  const PATH = 'items/experiments.json';
  const recorded = await readGolden(PATH, z.record(z.string(), recordedSchema));

  const checks: Record<string, Check> = {
    'open dataset (Dataset(...))': async () => {
      expect(await dataset.items.count()).toBe(12);
    },
    'one semantic_search call on a fresh Dataset': async ({ result }) => {
      expect((await search('emb_tiny')).hits).toHaveLength(Number(result));
    },
    'create_table + compute on new table e2: model loads': async ({ result }) => {
      await makeTable(dataset, 'e2');
      expect((await compute(dataset, 'e2')).embedded).toBe(z.object({ rows: z.int() }).parse(result).rows);
    },
    // The same distances as for its 24 rows, and here no row is doubled.
    'compute again, new ids: duplicates?': async ({ result }) => {
      const { distances } = z.object({ distances: z.array(z.number()) }).parse(result);
      await makeTable(dataset, 'e2');
      await compute(dataset, 'e2');
      expect(await compute(dataset, 'e2')).toMatchObject({ embedded: 0, skipped: 12 });
      expect(await rows('e2')).toBe(12);
      const { hits } = await search('e2', 3);
      expectDistances(
        hits.map(({ distance }) => distance),
        distances,
      );
    },
    'compute again, SAME ids: upsert?': async () => {
      await makeTable(dataset, 'e2');
      await compute(dataset, 'e2');
      expect(await compute(dataset, 'e2', await pictures(), { recompute: true })).toMatchObject({ embedded: 12 });
      expect(await rows('e2')).toBe(12);
    },
    "data without created_at/updated_at (as in the brief's snippet)": async () => {
      await makeTable(dataset, 'e2');
      const keys = (await pictures()).map(({ table, id }) => ({ table, id }));
      expect(await compute(dataset, 'e2', keys)).toMatchObject({ embedded: 12 });
    },
    'get_data on that table': async () => {
      await makeTable(dataset, 'e2');
      expect(await dataset.getData('e2')).toEqual([]);
    },
    'view_ref to a missing view id': async () => {
      await makeTable(dataset, 'e2');
      const computing = compute(dataset, 'e2', [{ table: 'image', id: 'missing' }]);
      await expect(computing).rejects.toMatchObject({ code: 'NOT_FOUND', message: /"missing"/ });
    },
    'view_ref name is an unknown table': async () => {
      await makeTable(dataset, 'e2');
      const computing = compute(dataset, 'e2', [{ table: 'zzz', id: 'x' }]);
      await expect(computing).rejects.toMatchObject({ code: 'NOT_FOUND', message: /"zzz"/ });
    },
    'image file missing on disk': async () => {
      await makeTable(dataset, 'e2');
      await rm(media('all/os-bras.jpg'));
      const { embedded, failures } = await compute(dataset, 'e2');
      expect({ embedded, failures }).toMatchObject({ embedded: 11, failures: [{ code: 'MEDIA_MISSING' }] });
    },
    'rows written after the failed call': async () => {
      await makeTable(dataset, 'e2');
      await rm(media('all/os-bras.jpg'));
      await compute(dataset, 'e2');
      expect(await rows('e2')).toBe(11);
    },
    'image file corrupt': async () => {
      await makeTable(dataset, 'e2');
      await writeFile(media('all/os-bras.jpg'), 'no picture');
      const { embedded, failures } = await compute(dataset, 'e2');
      expect({ embedded, failures }).toMatchObject({ embedded: 11, failures: [{ code: 'MEDIA_UNSUPPORTED' }] });
    },
    'empty data list': async () => {
      await makeTable(dataset, 'e2');
      expect(await compute(dataset, 'e2', [])).toMatchObject({ total: 0 });
    },
    'unknown table': async () => {
      await expect(compute(dataset, 'nope')).rejects.toMatchObject({ code: 'NOT_FOUND', message: /"nope"/ });
    },
    'not an embedding table': async () => {
      await expect(compute(dataset, 'image')).rejects.toMatchObject({ code: 'NOT_FOUND', message: /"image"/ });
    },
    'create_table twice, mode=create': async () => {
      await expect(create('emb_tiny')).rejects.toMatchObject({ code: 'CONFLICT' });
    },
    'create_table twice, exist_ok': async () => {
      const before = await rows('emb_tiny');
      await create('emb_tiny', { existOk: true });
      expect(await rows('emb_tiny')).toBe(before);
    },
    'create_table mode=overwrite': async ({ result }) => {
      await create('emb_tiny', { mode: 'overwrite' });
      expect(await rows('emb_tiny')).toBe(result);
    },
    'create_table with upper case / space in the name': async () => {
      await expect(create('Emb Upper')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    },
    '...then reading it': async () => {
      await expect(dataset.getData('emb_upper')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
    'relations written for each SchemaRelation': async ({ result }) => {
      const relation = z.object({ 'item -> table': z.string(), 'table -> item': z.string() });
      for (const [name, written] of Object.entries(z.record(z.enum(SchemaRelation), relation).parse(result))) {
        await create(`emb_${name}`, { relation: name });
        const { relations } = JSON.parse(await readFile(join(dataset.path, 'schema.json'), 'utf8'));
        const ours = { 'item -> table': relations.item[`emb_${name}`], 'table -> item': relations[`emb_${name}`].item };
        expect(ours).toEqual(written);
      }
    },
    'semantic_search on an empty table': async () => {
      await makeTable(dataset, 'e2');
      expect((await search('e2')).hits).toEqual([]);
    },
    'info.json unchanged by create_table': async ({ result }) => {
      const before = await readFile(join(dataset.path, 'info.json'));
      await makeTable(dataset, 'e2');
      expect(before.equals(await readFile(join(dataset.path, 'info.json')))).toBe(result);
    },
    'delete item leaves its embedding?': async ({ result }) => {
      const { 'items returned': returned, ...left } = z.record(z.string(), z.int()).parse(result);
      const [item] = (await search('emb_tiny')).hits;
      await (await dataset.store.open('item')).delete(`id = '${item?.item.id}'`);
      expect(await rows('emb_tiny')).toBe(left["after delete_data('item')"]);
      expect((await search('emb_tiny')).hits).toHaveLength(returned ?? 0);
    },
  };

  test('is recorded', () => expectEveryCase(PATH, Object.keys(recorded), Object.keys(checks)));
  test.each(Object.entries(checks))('%s', async (name, check) => check(recordedSchema.parse(recorded[name])));

  test('whose rows Pixano has doubled is searched as if it had not', async () => {
    const table = await dataset.store.open('emb_tiny');
    const twice = (await dataset.getData('emb_tiny')).map(({ values }) => ({
      ...values,
      id: `again-${values.id}`,
      shape: [],
      created_at: new Date(),
      updated_at: new Date(),
    }));
    const before = await search('emb_tiny');
    await table.add(makeArrowTable(twice, { schema: await table.schema() }));
    expect(await rows('emb_tiny')).toBe(24);
    expect((await search('emb_tiny')).hits.map(({ item }) => item)).toEqual(before.hits.map(({ item }) => item));
  });
});

test('what Pixano notes of values and statistics is left alone', async () => {
  const names = ['features_values', 'stats'];
  for (const name of names) {
    await copyFile(join(FIXTURES, `golden/items/${name}.sample.json`), join(dataset.path, `${name}.json`));
  }
  const opened = await openDataset(copy);
  await makeTable(opened, 'e2');
  await compute(opened, 'e2');
  for (const name of names) {
    const recorded = await readFile(join(FIXTURES, `golden/items/${name}.sample.json`));
    expect(await readFile(join(dataset.path, `${name}.json`))).toEqual(recorded);
  }
});
