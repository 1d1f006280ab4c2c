import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FIXTURES } from '../library.ts';

const successful = z.object({
  call: z.literal('semantic_search'),
  args: z.object({ query: z.string(), table_name: z.string(), limit: z.int(), skip: z.int() }),
  items: z.array(z.string()),
  distances: z.array(z.number()),
});

export type GoldenSearch = z.infer<typeof successful>;

/** The searches of one table in the items library that Pixano 0.6.12 answered, with its answers. */
export async function goldenSearches(table: string): Promise<GoldenSearch[]> {
  const { cases } = z
    .object({ cases: z.array(z.unknown()) })
    .parse(JSON.parse(await readFile(join(FIXTURES, 'golden/items-python.json'), 'utf8')));
  const searches = cases.flatMap((each) => successful.safeParse(each).data ?? []);
  return searches.filter(({ args }) => args.table_name === table);
}
