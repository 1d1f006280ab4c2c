import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../../src/core/dataset.ts';
import { SchemaRelation } from '../../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../../src/core/view-embedding.ts';
import { loadPlugins } from '../../../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../../../src/plugins/registry.ts';
import { expectDistances } from '../../golden.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset } from '../../library.ts';

const TABLE = 'emb_siglip';
const fixture = join(FIXTURES, 'records/siglip');

const python = z
  .object({
    queries: z.array(z.object({ text: z.string(), records: z.array(z.string()), distances: z.array(z.number()) })),
    /** Of all views, by their ids; the table has every second. */
    vectors: z.record(
      z.string(),
      z
        .string()
        .transform((base64) => Array.from(new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer))),
    ),
  })
  .parse(JSON.parse(await readFile(join(fixture, 'python.json'), 'utf8')));

let copy: LibraryCopy;
let dataset: Dataset;

beforeEach(async () => {
  const modelFolder = join(FIXTURES, 'models');
  const context = { modelFolders: [modelFolder], threads: 2 };
  const models = new PluginRegistry({ plugins: await loadPlugins([], FIXTURES), context });
  copy = await copyOfLibrary('records', { models, modelFolder, [Symbol.asyncDispose]: async () => {} });
  const table = `${TABLE}.lance`;
  await cp(join(fixture, table), join(copy.path, 'health_images/db', table), { recursive: true });
  dataset = await openDataset(copy);
});
afterEach(async () => {
  await copy[Symbol.asyncDispose]();
  await copy.models[Symbol.asyncDispose]();
});

describe("a table that Python's LanceDB made with its function siglip", () => {
  test.each(python.queries)('is searched as there, for "$text"', async ({ text, records, distances }) => {
    const { hits } = await dataset.semanticSearch(text, { table: TABLE, limit: 12 });
    expect(hits.map(({ item }) => item.id)).toEqual(records);
    expectDistances(
      hits.map(({ distance }) => distance),
      distances,
    );
  });

  test('is extended with the vectors of Python, and not rewritten', async () => {
    const before = await rows();
    expect(before.size).toBe(6);
    const metadata = async () => (await (await dataset.store.open(TABLE)).schema()).metadata;
    const described = await metadata();
    const progress = await Array.fromAsync(dataset.computeViewEmbeddings(TABLE));
    expect(progress.at(-1)).toMatchObject({ total: 12, embedded: 6, skipped: 6, failed: 0 });
    expect(await metadata()).toEqual(described);
    const after = await rows();
    expect([...after.keys()].sort()).toEqual(Object.keys(python.vectors).sort());
    for (const [view, vector] of after) {
      if (before.has(view)) expect(vector).toEqual(before.get(view));
      for (const [i, value] of (python.vectors[view] ?? []).entries()) expect(vector[i]).toBeCloseTo(value, 5);
    }
  });

  test('is refused to another function', async () => {
    const input = {
      embeddingFunction: 'transformers',
      tableName: TABLE,
      dataset,
      options: { model_name: 'tiny/clip' },
    };
    const schema = await ViewEmbedding.createSchema(input);
    const create = dataset.createTable({ name: TABLE, schema, relation: SchemaRelation.OneToOne, existOk: true });
    await expect(create).rejects.toThrow(/is there with another function.*\(siglip .*never holds two vector spaces/);
  });
});

/** The vectors of the table, by their views. */
async function rows(): Promise<Map<string, number[]>> {
  const found = await dataset.getData(TABLE);
  return new Map(found.map(({ values }) => [z.string().parse(values.view_id), Array.from(vectorOf(values.vector))]));
}

function vectorOf(value: unknown): Iterable<number> {
  return z
    .custom<Iterable<number>>((each) => typeof each === 'object' && each !== null && Symbol.iterator in each)
    .parse(value);
}
