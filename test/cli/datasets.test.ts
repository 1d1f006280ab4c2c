import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import { copyOfLibrary, type LibraryCopy, openModels } from '../library.ts';
import { flagsOf, run } from './run.ts';

let copy: LibraryCopy;
afterEach(() => copy[Symbol.asyncDispose]());

test('datasets lists a library as a table for people', async () => {
  copy = await copyOfLibrary('items');
  const { code, stdout, stderr } = await run(['datasets', ...flagsOf(copy)]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    [
      'folder         name           layout  items  embedding tables',
      'health_images  Health Images  items      12  emb_open-clip (ready), emb_tiny (ready)',
      '',
    ].join('\n'),
  );
});

test('datasets --json has the same for programs, and tells on stderr what cannot be opened', async () => {
  copy = await copyOfLibrary('records');
  await mkdir(join(copy.path, 'broken'));
  await writeFile(join(copy.path, 'broken/info.json'), '{\n"id":\n');
  const { code, stdout, stderr } = await run(['datasets', '--json', ...flagsOf(copy)]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      id: expect.stringMatching(/^\w{22}$/),
      folder: 'health_images',
      name: 'Health Images',
      layout: 'RECORDS',
      items: 12,
      embeddingTables: [
        { name: 'embeddings', function: 'open-clip', rows: 12, views: 12, embedded: 12, health: 'READY' },
      ],
    },
  ]);
  expect(stderr).toMatch(/^viewfinder: broken cannot be opened: [^\n]*info\.json[^\n]*\n$/);
});

test('datasets shows tables whose files are damaged, beside all others', async () => {
  copy = await copyOfLibrary('items');
  const db = join(copy.path, 'health_images/db');
  await rm(join(db, 'emb_tiny.lance/data'), { recursive: true });
  await rm(join(db, 'emb_open-clip.lance/_versions'), { recursive: true });
  const { code, stdout, stderr } = await run(['datasets', '--json', ...flagsOf(copy)]);
  expect([code, stderr]).toEqual([0, '']);
  const unread = { rows: null, views: null, embedded: null, health: 'CORRUPT' };
  const [{ embeddingTables }] = JSON.parse(stdout);
  expect(embeddingTables).toEqual([
    { name: 'emb_open-clip', function: '', ...unread },
    { name: 'emb_tiny', function: 'open-clip', ...unread },
  ]);
});

test('datasets tells on stderr what it cannot read, beside all others', async () => {
  copy = await copyOfLibrary('items');
  await cp(join(copy.path, 'health_images'), join(copy.path, 'second'), { recursive: true });
  await rm(join(copy.path, 'second/db/item.lance/_versions'), { recursive: true });
  const { code, stdout, stderr } = await run(['datasets', '--json', ...flagsOf(copy)]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^viewfinder: second cannot be \w+: .*\n$/)]);
  expect(JSON.parse(stdout)).toMatchObject([{ folder: 'health_images' }]);
});

test('datasets shows a table whose plugin fails in the server, and why it cannot be used', async () => {
  const trouble = new URL('../plugins/fixtures/trouble-plugin.ts', import.meta.url);
  await using models = await openModels([fileURLToPath(trouble)]);
  copy = await copyOfLibrary('items', models);
  const dataset = await Dataset.open(join(copy.path, 'health_images'), models);
  const name = 'emb_trouble';
  const schema = await ViewEmbedding.createSchema({ embeddingFunction: 'trouble', tableName: name, dataset });
  await dataset.createTable({ name, schema, relation: SchemaRelation.OneToOne });
  const availability = "async availability() { console.log('sorry'); throw new Error('out of order'); }";
  const plugin = `import trouble from ${JSON.stringify(trouble.href)}; export default { ...trouble, ${availability} };`;
  await writeFile(join(copy.temporary, 'plugin.ts'), plugin);
  await writeFile(join(copy.temporary, 'config.json'), '{"plugins": ["./plugin.ts"]}');
  const config = ['--config', join(copy.temporary, 'config.json')];
  const { code, stdout, stderr } = await run(['datasets', '--json', ...config, ...flagsOf(copy)]);
  expect([code, stderr]).toEqual([0, 'sorry\n']);
  const tables = JSON.parse(stdout)[0].embeddingTables;
  expect(tables.at(-1)).toMatchObject({ name: 'emb_trouble', health: 'MISSING_PLUGIN' });
});

test('a library without datasets is no error', async () => {
  copy = await copyOfLibrary('items');
  await rm(join(copy.path, 'health_images'), { recursive: true });
  expect(await run(['datasets', ...flagsOf(copy)])).toEqual({
    code: 0,
    stdout: 'There are no datasets.\n',
    stderr: '',
  });
  expect(await run(['datasets', '--json', ...flagsOf(copy)])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
});
