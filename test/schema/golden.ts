import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { z } from 'zod';
import { expectDistances, readGolden } from '../golden.ts';
import type { TestServer } from '../server/running-server.ts';

const successful = z.object({
  call: z.literal('semantic_search'),
  args: z.object({ query: z.string(), table_name: z.string(), limit: z.int(), skip: z.int() }),
  items: z.array(z.string()),
  distances: z.array(z.number()),
});

export type GoldenSearch = z.infer<typeof successful>;

/** The searches of one table in the items library that Pixano 0.6.12 answered, with its answers. */
export async function goldenSearches(table: string): Promise<GoldenSearch[]> {
  const { cases } = await readGolden('items/python.json', z.object({ cases: z.array(z.unknown()) }));
  const searches = cases.flatMap((each) => successful.safeParse(each).data ?? []);
  return searches.filter(({ args }) => args.table_name === table);
}

const exchange = z.object({
  name: z.string(),
  request: z.object({ url: z.string(), json: z.record(z.string(), z.json()).nullable() }),
  status: z.int(),
  content_type: z.string(),
  json: z.json().optional(),
  body: z.object({ bytes: z.int(), sha256_16: z.string() }).optional(),
});

/** One request to Pixano's REST service, and its answer. */
export type Exchange = z.infer<typeof exchange>;

export async function goldenExchanges(path: string): Promise<Exchange[]> {
  return readGolden(path, z.array(exchange));
}

/** What a request says behind its "?". */
export function parametersOf({ request }: Exchange): URLSearchParams {
  return new URL(request.url, 'http://pixano').searchParams;
}

/** Whether these are the bytes of a recorded answer. */
export function isBody(bytes: Uint8Array, { body }: Exchange): boolean {
  return bytes.length === body?.bytes && createHash('sha256').update(bytes).digest('hex').startsWith(body.sha256_16);
}

interface FoundPage {
  readonly edges: readonly {
    readonly distance: number;
    readonly similarity: number;
    readonly node: { readonly pixanoId: string; readonly attributes: Record<string, unknown> };
  }[];
  readonly pageInfo: { readonly endCursor: string | null };
}

/** The hits of a search over HTTP, `skip` of them left out; each with what its item is asked for in REST. */
export async function searchFor(
  server: TestServer,
  input: { readonly table: string; readonly text: string },
  { limit, skip = 0 }: { readonly limit: number; readonly skip?: number },
) {
  const ask = async (first: number, after: string | null): Promise<FoundPage> => {
    const { data, errors } = await server.ask<{ dataset: { search: FoundPage } }>(
      `query ($table: String!, $text: String!, $first: Int!, $after: String) {
        dataset(by: { folder: "health_images" }) {
          search(input: { table: $table, query: { text: $text } }, first: $first, after: $after) {
            edges { distance similarity node { pixanoId attributes } }
            pageInfo { endCursor }
          }
        }
      }`,
      { ...input, first, after },
    );
    expect(errors).toBeUndefined();
    return data.dataset.search;
  };
  const before = skip === 0 ? null : (await ask(skip, null)).pageInfo.endCursor;
  const { edges } = await ask(limit, before);
  return edges.map(({ node, ...edge }) => ({ ...edge, item: { id: node.pixanoId, ...node.attributes } }));
}

/** Checks that hits are those of a recording: the same items with their attributes, at the same distances. */
export function expectHits(
  hits: Awaited<ReturnType<typeof searchFor>>,
  recorded: readonly { readonly item: Record<string, unknown>; readonly distance: number }[],
): void {
  expect(hits.map(({ item }) => item)).toEqual(recorded.map(({ item }) => item));
  expectDistances(
    hits.map(({ distance }) => distance),
    recorded.map(({ distance }) => distance),
  );
}
