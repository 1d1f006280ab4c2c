import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../src/core/dataset.ts';
import type { SearchAnswer } from '../../src/core/search.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';

async function golden<Output>(name: string, schema: z.ZodType<Output>): Promise<Output> {
  return schema.parse(JSON.parse(await readFile(join(FIXTURES, 'golden', name), 'utf8')));
}

/** The same hits in the same order, at the same distances but for the last digits of a float. */
function expectAnswer({ hits }: SearchAnswer, ids: readonly string[], distances: readonly number[]): void {
  expect(hits.map((hit) => hit.item.id)).toEqual(ids);
  for (const [index, hit] of hits.entries()) {
    expect(Math.abs(hit.distance - (distances[index] ?? Number.NaN))).toBeLessThan(1e-5);
  }
}

const items = await golden(
  'items-python.json',
  z.object({
    cases: z.array(
      z.object({
        call: z.string(),
        args: z.looseObject({}),
        items: z.array(z.string()).optional(),
        distances: z.array(z.number()).optional(),
        error: z.string().optional(),
      }),
    ),
  }),
);
const searchArguments = z.object({
  query: z.string(),
  table_name: z.string(),
  limit: z.int(),
  skip: z.int().default(0),
});
const searches = items.cases.flatMap((each) => {
  const args = searchArguments.safeParse(each.args);
  return each.call === 'semantic_search' && args.success ? [{ ...each, args: args.data }] : [];
});

const records = await golden(
  'records-0.8-search.json',
  z.object({
    cases: z.array(
      z.object({ text: z.string(), k: z.int(), records: z.array(z.string()), distances: z.array(z.number()) }),
    ),
  }),
);

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

  const successes = searches.filter((each) => each.error === undefined);
  test('in 22 recorded cases', () => expect(successes).toHaveLength(22));
  test.each(successes)('$args.query in $args.table_name, $args.limit from $args.skip', async (recorded) => {
    const { query, table_name: table, limit, skip } = recorded.args;
    const answer = await dataset.semanticSearch(query, { table, limit, skip });
    expectAnswer(answer, recorded.items ?? [], recorded.distances ?? []);
    expect(answer.hasMore).toBe(skip + limit < 12);
  });

  test.each(searches.filter((each) => each.error === 'ValueError'))(
    'past the end of $args.table_name there is an empty page, where Pixano raises an error',
    async ({ args }) => {
      const { hits, hasMore } = await dataset.semanticSearch(args.query, { ...args, table: args.table_name });
      expect(hits).toEqual([]);
      expect(hasMore).toBe(false);
    },
  );

  test('a table that is not there is named, with those that are', async () => {
    await expect(dataset.semanticSearch('a', { table: 'nope' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: /"nope".*emb_open-clip, emb_tiny/,
    });
  });

  test('a table of pictures is no table of embeddings', async () => {
    await expect(dataset.semanticSearch('a', { table: 'image' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([{ limit: 0 }, { limit: 2.5 }, { limit: -1 }, { skip: -1 }])('%o is refused', async (page) => {
    await expect(dataset.semanticSearch('a', { table: 'emb_tiny', ...page })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['limit' in page ? 'limit' : 'offset'] }],
    });
  });
});

describe('the records library is searched', () => {
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

  test.each(records.cases)('as Pixano 0.8 does, by cosine: $text', async ({ text, k, records, distances }) => {
    const answer = await dataset.semanticSearch(text, { table: 'embeddings', limit: k });
    expectAnswer(answer, records, distances);
    expect(answer.table.space).toMatchObject({ distance: 'cosine' });
    for (const { distance, similarity } of answer.hits) expect(similarity).toBeCloseTo(1 - distance, 6);
  });

  test('as Pixano 0.7.2 does on its own table, by squared L2', async () => {
    const call = "semantic_search on 'emb_open-clip' in the same process";
    const result = z.object({ records: z.array(z.string()), distances: z.array(z.number()) });
    const recorded = await golden('view_embedding_path_0.7.2.json', z.looseObject({ [call]: z.object({ result }) }));
    const { records: ids, distances } = result.parse(recorded[call]?.result);
    const answer = await dataset.semanticSearch('microscope', { table: 'emb_open-clip', limit: 5 });
    expectAnswer(answer, ids, distances);
    for (const { distance, similarity } of answer.hits) expect(similarity).toBeCloseTo(1 - distance / 2, 6);
  });
});
