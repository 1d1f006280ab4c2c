import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { PixanoProcess } from './pixano-process.ts';
import { copyPictures, expectSameRanking, MODEL_FLAGS, type Ranking, SharedLibrary } from './shared-library.ts';
import { MODEL_OPTIONS } from './versions.ts';

let library: SharedLibrary;
let pixano: PixanoProcess;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'library', media: 'media' });
  await copyPictures(join(library.media, 'health'));
  pixano = PixanoProcess.start('0.6.12', 'items.py', [library.path, library.media]);
  await pixano.call('build', { folder: 'health' });
});

afterAll(async () => {
  await pixano?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

async function expectExchange(table: string): Promise<void> {
  expect(await library.rows('health', table)).toEqual({ rows: 12, ids: 12, views: 12 });
  expect(await library.findings('health', table)).toEqual({});
  const theirs = await pixano.call<Ranking>('search', { query: 'microscope', table, limit: 20 });
  expectSameRanking(await library.search('health', 'microscope', table, 20), theirs);
}

test('a table that Pixano overwrites is empty for Viewfinder, and whole after it has computed it', async () => {
  await library.embed('health', 'emb_a', ...MODEL_FLAGS);
  await pixano.call('open', { folder: 'health' });
  await pixano.call('create_table', { table: 'emb_a', mode: 'overwrite' });
  expect(await library.findings('health', 'emb_a')).toEqual({ EMPTY: 12 });
  await library.embed('health', 'emb_a');
  await expectExchange('emb_a');
});

test('a table that Viewfinder overwrites is read on by a Pixano that had it open', async () => {
  await pixano.call('create_table', { table: 'emb_b' });
  await pixano.call('compute', { table: 'emb_b', limit: 5 });
  const dataset = await library.open('health');
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction: 'open-clip',
    tableName: 'emb_b',
    dataset,
    options: MODEL_OPTIONS,
  });
  const relation = SchemaRelation.OneToOne;
  await dataset.createTable({ name: 'emb_b', schema, relation, mode: 'overwrite' });
  expect(await pixano.call('data', { table: 'emb_b' })).toEqual({ count: 0, rows: [] });
  await library.embed('health', 'emb_b');
  await expectExchange('emb_b');
  await pixano.call('open', { folder: 'health' });
  await expectExchange('emb_b');
});

test('a table that a running Pixano forgets is told of, and known to it again when it is computed', async () => {
  await library.embed('health', 'emb_late', ...MODEL_FLAGS);
  await pixano.call('create_table', { table: 'emb_other' });
  expect(await library.findings('health', 'emb_late')).toEqual({ UNKNOWN_TO_PIXANO: 1 });
  await library.embed('health', 'emb_late');
  const { embeddings } = await pixano.call<{ embeddings: string[] }>('open', { folder: 'health' });
  expect(embeddings).toEqual(['emb_a', 'emb_b', 'emb_late', 'emb_other']);
  await expectExchange('emb_late');
});

test('a table goes from one to the other and back, each adding a part', async () => {
  await pixano.call('create_table', { table: 'emb_turns' });
  const { rows } = await pixano.call<{ rows: { id: string }[] }>('data', { table: 'image', limit: 20 });
  const views = rows.map((row) => row.id);
  await pixano.call('compute', { table: 'emb_turns', views: views.slice(0, 3) });
  await library.embed('health', 'emb_turns', '--limit', '6');
  const embedded = await Array.fromAsync((await (await library.open('health')).embeddingTable('emb_turns')).rows());
  const missing = views.filter((view) => !embedded.some((row) => row.view.id === view));
  await pixano.call('compute', { table: 'emb_turns', views: missing.slice(0, 2) });
  await library.embed('health', 'emb_turns');
  await expectExchange('emb_turns');
});

test('a table in capitals, which Pixano itself loses sight of, is extended and searched, and the dataset opened as before', async () => {
  await pixano.call('create_table', { table: 'EmbUp' });
  await expect(pixano.call('compute', { table: 'EmbUp', limit: 3 })).rejects.toThrow();
  await library.embed('health', 'EmbUp', '--limit', '12');
  expect((await library.search('health', 'microscope', 'EmbUp', 20)).items).toHaveLength(12);
  const { items } = await pixano.call<{ items: number }>('open', { folder: 'health' });
  expect(items).toBe(12);
});
