import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Library } from '../../src/core/library.ts';
import { vectorSpaceMetadata, vectorSpaceOf } from '../../src/core/vector-space.ts';
import { copyOfLibrary, openDataset } from '../library.ts';

const names = { datasetId: 'health_images', table: 'emb_tiny' };
const entry = (fields: object) => {
  const whole = { name: 'x', model: {}, source_column: 'view_ref', vector_column: 'vector', ...fields };
  return new Map([['embedding_functions', JSON.stringify([whole])]]);
};

describe('the metadata of a table', () => {
  test('name the function, its options and the column of vectors', () => {
    const metadata = entry({
      name: 'pixano_health_images_emb_tiny_open-clip',
      model: { name: 'M' },
      vector_column: 'v',
    });
    expect(vectorSpaceOf(metadata, names)).toEqual({
      embeddingFunction: 'open-clip',
      options: { name: 'M' },
      distance: 'l2',
      vectorColumn: 'v',
      sourceColumn: 'view_ref',
    });
  });

  test.each([
    ['pixano_health_images_emb_tiny_gte_text', 'gte_text', 'of this dataset, whatever the function is called'],
    ['pixano_other_emb_tiny_open-clip', 'open-clip', 'of the dataset that this one was copied from'],
    ['open-clip', 'open-clip', 'that LanceDB made without Pixano'],
  ])('%s means the function %s: %s', (name, embeddingFunction) => {
    expect(vectorSpaceOf(entry({ name }), names)).toMatchObject({ embeddingFunction, options: {} });
  });

  test.each([
    ['none', new Map()],
    ['no JSON', new Map([['embedding_functions', 'x']])],
    ['no function', new Map([['embedding_functions', '[]']])],
    ['a function without a model', entry({ model: null })],
    [
      'the keys of LanceDB’s TypeScript',
      new Map([['embedding_functions', '[{"name":"x","model":{},"vectorColumn":"v"}]']]),
    ],
  ])('are not those of embeddings where there are %s', (_what, metadata) => {
    expect(vectorSpaceOf(metadata, names)).toBeNull();
  });

  test('come back as they were written', () => {
    const metadata = vectorSpaceMetadata(names, 'open-clip', { name: 'ViT-é', normalize: true }, 'view_ref');
    expect(vectorSpaceOf(metadata, names)).toEqual({
      embeddingFunction: 'open-clip',
      options: { name: 'ViT-é', normalize: true },
      distance: 'l2',
      vectorColumn: 'vector',
      sourceColumn: 'view_ref',
    });
  });
});

describe('the tables of embeddings', () => {
  test('of a dataset that was copied and given another id are known still', async () => {
    await using copy = await copyOfLibrary('items');
    await cp(join(copy.path, 'health_images'), join(copy.path, 'copy'), { recursive: true });
    const file = join(copy.path, 'copy/info.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"id": "health_images"', '"id": "copy_of_it"'));
    const library = await Library.open(copy.path, { models: copy.models });
    const dataset = await library.find({ pixanoId: 'copy_of_it' });
    const tables = (await dataset?.embeddingTables()) ?? [];
    expect(tables.map(({ name, space }) => [name, space.embeddingFunction, space.options.name])).toEqual([
      ['emb_open-clip', 'open-clip', 'ViT-B-32'],
      ['emb_tiny', 'open-clip', 'pixano-tiny-clip'],
    ]);
  });

  test('do without that of Pixano 0.8 where its sidecar is bad', async () => {
    await using copy = await copyOfLibrary('records');
    const file = join(copy.path, 'health_images/embeddings.json');
    const dataset = await openDataset(copy);
    expect((await dataset.embeddingTables()).map((table) => table.name)).toEqual(['embeddings']);
    await writeFile(file, '{"table": "embeddings"}');
    expect(await dataset.embeddingTables()).toEqual([]);
    expect(await dataset.unreadableTables()).toEqual([]);
    expect((await dataset.tables()).find((table) => table.name === 'embeddings')).toMatchObject({ group: 'EMBEDDING' });
  });
});
