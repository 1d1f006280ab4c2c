import { copyFile, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, makeArrowTable } from '@lancedb/lancedb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../src/core/dataset.ts';
import { expectEveryCase, readGolden } from '../golden.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { compute, makeTable } from './tutorial.ts';

// What Pixano did when it was tried out, and what is done here in its place: the same where it is right.

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('records', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const rows = async (table: string) => (await dataset.getData(table)).length;
const search = (table: string, limit = 500) => dataset.semanticSearch('microscope', { table, limit });

describe('Pixano 0.8.0 and its table `embeddings`', async () => {
  const PATH = 'records/experiments.json';
  const recorded = await readGolden(PATH, z.record(z.string(), z.json()));
  const emptied = async () => (await dataset.store.open('embeddings')).delete('true');
  const health = async () => dataset.health(await dataset.embeddingTable('embeddings'));
  /** Deletes the record that a search finds first. */
  const deleteRecord = async () => {
    const [hit] = (await search('embeddings')).hits;
    await (await dataset.store.open('records')).delete(`id = '${hit?.item.id}'`);
    return hit?.item.id;
  };
  const folder = (name: string) => join(dataset.path, name);
  const embeddings = async () => (await dataset.embeddingTables()).map(({ name }) => name);

  const checks: Record<string, (recorded: unknown) => Promise<void>> = {
    'one corrupt image of 12 (batch 16)': async () => {
      await emptied();
      const images = await dataset.store.open('images');
      const [first] = await dataset.getData('images', { limit: 1 });
      await images.update({ where: `id = '${first?.id}'`, valuesSql: { raw_bytes: "X'00'" } });
      const { embedded, failures } = await compute(dataset, 'embeddings');
      expect({ embedded, failures }).toMatchObject({ embedded: 11, failures: [{ code: 'MEDIA_UNSUPPORTED' }] });
    },
    'one record without an image': async (result) => {
      const { search: answered, health: report } = z
        .object({ search: z.tuple([z.int(), z.int()]), health: z.object({ embedded_rows: z.int() }) })
        .parse(result);
      await emptied();
      const [first] = await dataset.getData('images', { limit: 1 });
      await (await dataset.store.open('images')).delete(`id = '${first?.id}'`);
      expect(await compute(dataset, 'embeddings')).toMatchObject({ embedded: report.embedded_rows, failed: 0 });
      expect((await search('embeddings')).hits).toHaveLength(answered[1]);
    },
    'four compute requests at once': async (result) => {
      await emptied();
      await Promise.all([1, 2, 3, 4].map(() => compute(dataset, 'embeddings')));
      const { embedded, duplicates } = await dataset.coverage(await dataset.embeddingTable('embeddings'));
      expect(embedded).toBe(
        z.object({ 'rows in the table (12 records)': z.int() }).parse(result)['rows in the table (12 records)'],
      );
      expect(duplicates).toBe(0);
    },
    'two force=true requests at once': async (result) => {
      const recompute = () => compute(dataset, 'embeddings', {}, { recompute: true });
      await Promise.all([recompute(), recompute()]);
      expect(await rows('embeddings')).toBe(z.object({ rows: z.int() }).parse(result).rows);
    },
    'then force=true alone': async () => {
      expect(await compute(dataset, 'embeddings', {}, { recompute: true })).toMatchObject({ embedded: 12 });
      expect((await health()).health).toBe('READY');
    },
    'embeddings left after it': async (left) => {
      await deleteRecord();
      expect(await rows('embeddings')).toBe(left);
    },
    // Pixano answers with one record fewer than it was asked for.
    'search k=3 after it': async () => {
      const id = await deleteRecord();
      const { hits } = await search('embeddings', 3);
      expect(hits).toHaveLength(3);
      expect(hits.map(({ item }) => item.id)).not.toContain(id);
    },
    'health after it': async (told) => {
      const { embedded_rows, total_records } = z.object({ embedded_rows: z.int(), total_records: z.int() }).parse(told);
      await deleteRecord();
      expect([await rows('embeddings'), await dataset.items.count()]).toEqual([embedded_rows, total_records]);
      // Of the vector whose record is gone, Pixano says nothing.
      expect(await health()).toMatchObject({ health: 'STALE', findings: [{ code: 'ORPHANS', count: 1 }] });
    },
    // Pixano sees it only once it has written to the dataset itself.
    'record added by another process: GET /records total': async () => {
      const other = await (await connect(folder('db'))).openTable('records');
      const [row] = await dataset.getData('records', { limit: 1 });
      const added = { ...row?.values, id: 'added', created_at: new Date(), updated_at: new Date() };
      expect(await dataset.items.count()).toBe(12);
      await other.add(makeArrowTable([added], { schema: await other.schema() }));
      expect(await dataset.items.count()).toBe(13);
    },
    'embeddings.lance removed under the server': async () => {
      await search('embeddings');
      await rm(folder('db/embeddings.lance'), { recursive: true });
      expect(await embeddings()).toEqual([]);
      await expect(search('embeddings')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
    'embeddings.json removed under the server (cached Dataset)': async () => {
      await search('embeddings');
      await rm(folder('embeddings.json'));
      expect(await embeddings()).toEqual([]);
    },
    'external embeddings: table + sidecar dropped in, server not restarted': async () => {
      await rm(folder('embeddings.json'));
      await rm(folder('db/embeddings.lance'), { recursive: true });
      expect(await embeddings()).toEqual([]);
      const original = join(FIXTURES, 'records/data/library/health_images');
      await cp(join(original, 'db/embeddings.lance'), folder('db/embeddings.lance'), { recursive: true });
      await copyFile(join(original, 'embeddings.json'), folder('embeddings.json'));
      expect(await embeddings()).toEqual(['embeddings']);
      expect((await search('embeddings')).hits).toHaveLength(12);
    },
  };

  test('is recorded', () => expectEveryCase(PATH, Object.keys(recorded), Object.keys(checks)));
  test.each(Object.entries(checks))('%s', async (name, check) => check(recorded[name]));
});

/** What came of a call of Pixano's. */
const outcome = z.object({ result: z.json().optional() });

describe.each(['0.7.2', '0.8.0'])('Pixano %s and a table of view embeddings in the records layout', (version) => {
  test('which is computed, and not doubled, and known ever after', async () => {
    const calls = await readGolden(`records/view_embedding_path_${version}.json`, z.record(z.string(), z.unknown()));
    // Of 0.8 alone, pictures that are in the table cannot be embedded.
    const computed = outcome.parse(calls["compute_view_embeddings('emb_open-clip')"]);
    await makeTable(dataset, 'emb_open-clip');
    expect((await compute(dataset, 'emb_open-clip')).embedded).toBe(computed.result ?? 12);
    const [before, after] = ['compute_view_embeddings', 'compute same 2 views again -> rows'].map((call) =>
      outcome.parse(calls[`uri views emb_open-clip: ${call}`]),
    );
    expect([before?.result, after?.result]).toEqual([8, 10]);
    const keys = (await dataset.getData('images', { limit: 2 })).map(({ table, id }) => ({ table, id }));
    expect(await compute(dataset, 'emb_open-clip', keys)).toMatchObject({ embedded: 0, skipped: 2 });
    expect(await rows('emb_open-clip')).toBe(12);
    expect(calls["reopen the dataset: 'emb_open-clip' known?"]).toEqual({ result: false });
    const reopened = await openDataset(copy);
    const { hits } = await reopened.semanticSearch('microscope', { table: 'emb_open-clip', limit: 500 });
    expect(hits).toHaveLength(12);
  });
});
