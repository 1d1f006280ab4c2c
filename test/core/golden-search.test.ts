import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../src/core/dataset.ts';
import type { SearchAnswer } from '../../src/core/search/search.ts';
import { expectDistances, readGolden } from '../golden.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';

const strings = z.array(z.string());
const numbers = z.array(z.number());

const recorded = await readGolden(
  'items/python.json',
  z.object({
    cases: z.array(
      z.object({
        call: z.string(),
        args: z.looseObject({}),
        items: strings.default([]),
        urls: strings.default([]),
        distances: numbers.default([]),
        full_ids: strings.default([]),
        error: z.string().optional(),
      }),
    ),
  }),
);
const searches = recorded.cases
  .filter(({ call }) => call === 'semantic_search')
  .map((each) => {
    const { query, table_name: table, ...page } = each.args;
    return { ...each, query, table: String(table), page };
  });
const answered = searches.filter(({ error }) => error === undefined);

/** The fields of an `args` that say which page it is. */
const pageSchema = z.object({ limit: z.int(), skip: z.int().default(0) });

function expectAnswer({ hits }: SearchAnswer, ids: readonly string[], distances: readonly number[]): void {
  expect(hits.map((hit) => hit.item.id)).toEqual(ids);
  expectDistances(
    hits.map((hit) => hit.distance),
    distances,
  );
}

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

describe('the items library is searched as Pixano 0.6.12 does', () => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    copy = await copyOfLibrary('items', models);
    dataset = await openDataset(copy);
  });
  afterAll(() => copy[Symbol.asyncDispose]());

  test('in 22 recorded cases', () => expect(answered).toHaveLength(22));

  test.each(answered)('$query in $table, $page', async ({ query, table, page, items, urls, distances, full_ids }) => {
    const { limit, skip } = pageSchema.parse(page);
    const answer = await dataset.semanticSearch(String(query), { table, limit, skip });
    expectAnswer(answer, items, distances);
    expect(answer.hits.map(({ view }) => view.address)).toEqual(urls);
    expect(answer.hasMore).toBe(skip + limit < full_ids.length);
    const all = await dataset.semanticSearch(String(query), { table, limit: 500 });
    expect(all.hits.map(({ item }) => item.id)).toEqual(full_ids);
  });

  test.each(searches.filter(({ error }) => error === 'ValueError'))(
    'past the end of $table there is an empty page, where Pixano raises an error',
    async ({ query, table, page }) => {
      const answer = await dataset.semanticSearch(String(query), { table, ...pageSchema.parse(page) });
      expect(answer).toMatchObject({ hits: [], hasMore: false });
    },
  );

  const refused = searches.filter(({ error }) => error === 'DatasetAccessError');
  // What TypeScript does not let through is an error of the language here.
  const typed = refused.flatMap((each) => {
    const page = pageSchema.safeParse(each.page).data;
    return typeof each.query === 'string' && page ? [{ ...each, query: each.query, page }] : [];
  });
  test('and 4 of 6 errors can be made at all', () => expect([typed.length, refused.length]).toEqual([4, 6]));

  test.each(typed)('$args is an error', async ({ query, table, page }) => {
    const hasTable = (await dataset.findEmbeddingTable(table)) !== null;
    await expect(dataset.semanticSearch(query, { table, ...page })).rejects.toMatchObject(
      hasTable
        ? { code: 'INVALID_INPUT', issues: [{ path: [page.limit < 1 ? 'limit' : 'offset'] }] }
        : { code: 'NOT_FOUND', message: new RegExp(`"${table}".*emb_open-clip, emb_tiny`) },
    );
  });

  test('and half a hit is none', async () => {
    const search = dataset.semanticSearch('a', { table: 'emb_tiny', limit: 2.5 });
    await expect(search).rejects.toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: ['limit'] }] });
  });
});

/** What a call of the Python that recorded it gave. */
const result = z.object({ records: strings, distances: numbers });

async function recordedCall(version: string, call: string) {
  const calls = await readGolden(`records/view_embedding_path_${version}.json`, z.record(z.string(), z.unknown()));
  return z.object({ result }).parse(calls[call]).result;
}

describe('a table of view embeddings in the records library is searched', () => {
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    copy = await copyOfLibrary('records', models);
    const table = 'emb_open-clip.lance';
    await cp(join(FIXTURES, 'records/view-embedding-0.7.2', table), join(copy.path, 'health_images/db', table), {
      recursive: true,
    });
    dataset = await openDataset(copy);
  });
  afterAll(() => copy[Symbol.asyncDispose]());

  test.each(['emb_open-clip', 'embeddings'])('as Pixano 0.7.2 does, by squared L2: its %s', async (name) => {
    const { records, distances } = await recordedCall('0.7.2', `semantic_search on '${name}' in the same process`);
    const answer = await dataset.semanticSearch('microscope', { table: 'emb_open-clip', limit: 5 });
    expectAnswer(answer, records, distances);
    for (const { distance, similarity } of answer.hits) expect(similarity).toBeCloseTo(1 - distance / 2, 6);
  });

  test.each(['0.7.2', '0.8.0'])('as %s does, of whose pictures eight of the twelve have addresses', async (version) => {
    const recorded = await recordedCall(version, 'uri views emb_open-clip: semantic_search same process');
    const { hits } = await dataset.semanticSearch('microscope', { table: 'emb_open-clip', limit: 500 });
    // There an item is named like its picture's file; here its attributes say of which kind and name it is.
    const first = hits.filter(({ item }) => item.attributes.split === 'all').slice(0, 5);
    const names = first.map(({ item: { attributes } }) => `-${attributes.metadata}`);
    expect(recorded.records.map((record) => record.replace(/^[^-]+/, ''))).toEqual(names);
    expectDistances(
      first.map(({ distance }) => distance),
      recorded.distances,
    );
  });
});
