import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import { SchemaRelation } from '../../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../../src/core/view-embedding.ts';
import { loadPlugins } from '../../../src/plugins/load-plugins.ts';
import { writeRecord } from '../../../src/plugins/model-hub/model-record.ts';
import { PluginRegistry } from '../../../src/plugins/registry.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset } from '../../library.ts';

const TABLE = 'emb_clip';
const OPTIONS = { model_name: 'a/b' };
const [FIRST, SECOND] = ['a'.repeat(40), 'b'.repeat(40)] as const;

let copy: LibraryCopy;
let dataset: Dataset;
let modelFolder: string;

/** As `models pull a/b` leaves it. */
async function fetched(commit: string): Promise<void> {
  const folder = join(modelFolder, 'a/b');
  await rm(folder, { recursive: true, force: true });
  await cp(join(FIXTURES, 'models/tiny/clip'), folder, { recursive: true });
  await writeRecord(folder, 'https://hub.example.org', { repository: 'a/b', commit, files: [] }, []);
}

async function makeTable(): Promise<void> {
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction: 'transformers',
    tableName: TABLE,
    dataset,
    options: OPTIONS,
  });
  await dataset.createTable({ name: TABLE, schema, relation: SchemaRelation.OneToOne, existOk: true });
}

beforeEach(async () => {
  copy = await copyOfLibrary('records');
  await copy.models[Symbol.asyncDispose]();
  modelFolder = join(copy.temporary, 'fetched');
  await fetched(FIRST);
  const context = { modelFolders: [modelFolder], threads: 2 };
  const models = new PluginRegistry({ plugins: await loadPlugins([], FIXTURES), context });
  copy = { ...copy, models, [Symbol.asyncDispose]: copy[Symbol.asyncDispose] };
  dataset = await openDataset(copy);
});
afterEach(async () => {
  await copy.models[Symbol.asyncDispose]();
  await copy[Symbol.asyncDispose]();
});

test('a table keeps the commit of the model that it was made with, and the same command leaves it as it is', async () => {
  await makeTable();
  await makeTable();
  const { space } = await dataset.embeddingTable(TABLE);
  expect(space.options).toEqual({ ...OPTIONS, revision: FIRST });
});

test('and is refused to another commit of the model, which is named', async () => {
  await makeTable();
  await fetched(SECOND);
  await expect(makeTable()).rejects.toThrow(
    `is there with another function or other options (transformers {"model_name":"a/b","revision":"${FIRST}"})`,
  );
  const missing = {
    code: 'MODEL_MISSING',
    message: expect.stringContaining(`a/b is there, but of the commit ${SECOND}`),
  };
  await expect(dataset.semanticSearch('x', { table: TABLE })).rejects.toMatchObject(missing);
  await expect(Array.fromAsync(dataset.computeViewEmbeddings(TABLE))).rejects.toMatchObject(missing);
});
