import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { expectDistances, readGolden } from '../golden.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, run } from './run.ts';

const { cases } = await readGolden(
  'items/python.json',
  z.object({
    cases: z.array(
      z.object({
        call: z.string(),
        args: z.looseObject({}),
        items: z.array(z.string()).default([]),
        distances: z.array(z.number()).default([]),
        error: z.string().optional(),
      }),
    ),
  }),
);
const searches = cases
  .filter(({ call, args }) => call === 'semantic_search' && args.table_name !== 'emb_open-clip')
  .map(({ args, ...answer }) => {
    const flags = { table: args.table_name, limit: args.limit, ...('skip' in args ? { skip: args.skip } : {}) };
    return { ...answer, args, words: [String(args.query), ...Object.entries(flags).map(([k, v]) => `--${k}=${v}`)] };
  });

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

const search = (words: readonly string[]) => run(['search', 'health_images', ...words, '--json', ...flagsOf(copy)]);

describe('at the shell', () => {
  // All are searched for in test/core; these have what a shell and its arguments might spoil.
  const odd = searches.filter(({ error, args }) => error === undefined && /^$|[^a-z ]/i.test(String(args.query)));

  test.each(odd)('$words finds what Pixano 0.6.12 finds', async ({ words, items, distances }) => {
    const { code, stdout } = await search(words);
    expect(code).toBe(0);
    const { results } = z
      .object({ results: z.array(z.object({ item: z.string(), distance: z.number() })) })
      .parse(JSON.parse(stdout));
    expect(results.map(({ item }) => item)).toEqual(items);
    expectDistances(
      results.map(({ distance }) => distance),
      distances,
    );
  });

  // All of a shell's arguments are texts, so that a number in place of a text, or the other way, is none.
  const isOdd = ({ args }: { args: { query?: unknown; limit?: unknown } }) =>
    typeof args.query !== 'string' || typeof args.limit === 'string';

  test.each(searches.filter((each) => each.error === 'DatasetAccessError' && !isOdd(each)))(
    '$words is an error in one line',
    async ({ words }) => {
      const { code, stdout, stderr } = await search(words);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  test.each(searches.filter((each) => each.error === 'DatasetAccessError' && isOdd(each)))(
    '$words is none here',
    async ({ words }) => {
      expect(await search(words)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test.each(searches.filter(({ error }) => error === 'ValueError'))('$words finds nothing more', async ({ words }) => {
    const { code, stdout } = await search(words);
    expect([code, JSON.parse(stdout).results]).toEqual([0, []]);
  });
});
