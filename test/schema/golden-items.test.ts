import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { expectEveryCase } from '../golden.ts';
import { startServer, type TestServer } from '../server/running-server.ts';
import { type Exchange, expectHits, goldenExchanges, isBody, parametersOf, searchFor } from './golden.ts';

// What Pixano 0.6.12 answered over REST, asked of this service over HTTP and GraphQL.

const PATH = 'items/rest.json';
const exchanges = new Map((await goldenExchanges(PATH)).map((each) => [each.name, each]));

let server: TestServer;
/** The view of the picture that was asked for by the name of its file. */
let osBras: ViewNode;
beforeAll(async () => {
  server = await startServer('items');
  osBras = await viewLike(exchanges.get('media'));
});
afterAll(() => server[Symbol.asyncDispose]());

async function ask<Data>(fields: string, variables: object = {}, types = ''): Promise<Data> {
  const query = `query ${types} { dataset(by: { pixanoId: "health_images" }) { ${fields} } }`;
  const { data, errors } = await server.ask<{ dataset: Data }>(query, variables);
  expect(errors).toBeUndefined();
  return data.dataset;
}

async function errorOf(fields: string) {
  const query = `{ dataset(by: { pixanoId: "health_images" }) { ${fields} } }`;
  return (await server.ask<unknown>(query)).errors?.[0];
}

interface Nodes<Node> {
  readonly nodes: Node[];
  readonly totalCount: number;
}

const row = z.looseObject({ id: z.string(), created_at: z.string(), updated_at: z.string() });
/** A row's own columns, and its id. */
const ownColumns = ({ created_at: _made, updated_at: _changed, ...own }: z.infer<typeof row>) => own;

const page = z.object({
  table_data: z.object({ columns: z.array(z.object({ name: z.string(), type: z.string() })), rows: z.array(row) }),
  pagination: z.object({ total_size: z.int() }),
  semantic_search: z.array(z.string()),
  item_ids: z.array(z.string()),
});
const resource = row.omit({ created_at: true, updated_at: true }).extend({ data: z.looseObject({}) });

async function items(first: number, after: string | null = null) {
  type Page = { items: Nodes<{ pixanoId: string; attributes: object }> & { pageInfo: { endCursor: string } } };
  const fields =
    'items(first: $first, after: $after) { nodes { pixanoId attributes } totalCount pageInfo { endCursor } }';
  const { items: found } = await ask<Page>(fields, { first, after }, '($first: Int, $after: String)');
  return { ...found, rows: found.nodes.map(({ pixanoId, attributes }) => ({ id: pixanoId, ...attributes })) };
}

const TYPES: Record<string, string> = { str: 'string', datetime: 'timestamp[us]' };

const pageCheck = async (recorded: Exchange) => {
  const { table_data, pagination } = page.parse(recorded.json);
  const parameters = parametersOf(recorded);
  const skip = Number(parameters.get('skip') ?? 0);
  const after = skip === 0 ? null : (await items(skip)).pageInfo.endCursor;
  const found = await items(Number(parameters.get('limit') ?? 50), after);
  expect(found.rows).toEqual(table_data.rows.map(ownColumns));
  expect(found.totalCount).toBe(pagination.total_size);
};

const emptyPageCheck = async () => {
  const { endCursor } = (await items(50)).pageInfo;
  expect((await items(5, endCursor)).rows).toEqual([]);
};

const searchCheck = async (recorded: Exchange) => {
  const parameters = parametersOf(recorded);
  const text = (name: string) => parameters.get(name) ?? '';
  const input = { table: text('embedding_table'), text: text('query') };
  const hits = await searchFor(server, input, { limit: Number(text('limit')), skip: Number(text('skip')) });
  const found = recorded.status === 200 ? page.parse(recorded.json).table_data.rows : [];
  expectHits(
    hits,
    found.map(({ distance, ...each }) => ({ item: ownColumns(each), distance: Number(distance) })),
  );
};

const noDatasetCheck = async () => {
  expect(await server.ask('{ dataset(by: { pixanoId: "nope" }) { id } }')).toEqual({ data: { dataset: null } });
};

const infoSchema = z.object({ id: z.string(), name: z.string(), description: z.string(), num_items: z.int() });
const infoCheck = async (recorded: unknown) => {
  const { id, name, description, num_items } = infoSchema.parse(recorded);
  const fields = 'pixanoId name description itemCount layout';
  expect(await ask(fields)).toEqual({ pixanoId: id, name, description, itemCount: num_items, layout: 'ITEMS' });
};

interface ViewNode {
  readonly pixanoId: string;
  readonly mediaUrl: string;
  readonly thumbnailUrl: string;
}

/** The view whose picture has the bytes of a recorded answer. */
async function viewLike(recorded: Exchange | undefined): Promise<ViewNode> {
  const { views } = await ask<{ views: Nodes<ViewNode> }>(
    'views { nodes { pixanoId mediaUrl thumbnailUrl(size: PX_128) } }',
  );
  for (const view of views.nodes) {
    const bytes = await (await fetch(server.origin + view.mediaUrl)).bytes();
    if (recorded && isBody(bytes, recorded)) return view;
  }
  throw new Error('No picture is like the recorded one.');
}

const search = (text: string) => `search(input: { ${text} }) { nodes { id } }`;
const microscope = 'query: { text: "microscope" }';

const GROUPS: Record<string, string> = {
  annotations: 'ANNOTATION',
  embeddings: 'EMBEDDING',
  item: 'ITEM',
  entities: 'ENTITY',
  views: 'VIEW',
};
const datasetSchema = z.object({
  dataset_schema: z.object({
    relations: z.record(z.string(), z.record(z.string(), z.string())),
    schemas: z.record(z.string(), z.object({ fields: z.record(z.string(), z.unknown()) })),
    groups: z.record(z.string(), z.array(z.string())),
  }),
});

const checks: Record<string, (recorded: Exchange) => Promise<void>> = {
  'page-default': async (recorded) => {
    await pageCheck(recorded);
    const { table_data, semantic_search, item_ids } = page.parse(recorded.json);
    const { itemColumns, embeddingTables } = await ask<{
      itemColumns: { name: string; type: string }[];
      embeddingTables: { name: string }[];
    }>('itemColumns { name type } embeddingTables { name }');
    // The first column there is the picture.
    const columns = table_data.columns.filter(({ type }) => type !== 'image');
    expect(itemColumns).toEqual(columns.map(({ name, type }) => ({ name, type: TYPES[type] })));
    expect(embeddingTables.map(({ name }) => name)).toEqual(semantic_search);
    expect((await items(500)).nodes.map(({ pixanoId }) => pixanoId)).toEqual(item_ids);
  },
  'page-limit-skip': pageCheck,
  'page-skip-past-end': emptyPageCheck,
  'page-skip-way-past-end': emptyPageCheck,
  'page-limit-0': async () => expect((await items(0)).rows).toEqual([]),
  // Pixano gives all, however many; here a page has an end, and says so.
  'page-limit-huge': async (recorded) => {
    const error = await errorOf(`items(first: ${parametersOf(recorded).get('limit')}) { totalCount }`);
    expect(error?.message).toMatch(/smaller pages/);
  },
  'search-tutorial': searchCheck,
  'search-page2': searchCheck,
  'search-page3': searchCheck,
  'search-past-end': searchCheck,
  'search-where-ignored': searchCheck,
  'search-sort-ignored': searchCheck,
  'search-other-table': searchCheck,
  'search-no-table': async () => {
    expect(await errorOf(search(microscope))).toMatchObject({ extensions: { code: 'INVALID_INPUT' } });
  },
  'search-no-query': async () => {
    expect(await errorOf(search('table: "emb_open-clip", query: {}'))).toMatchObject({ message: /exactly one key/i });
  },
  'search-unknown-table': async () => {
    expect(await errorOf(search(`table: "nope", ${microscope}`))).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
  'search-not-embedding-table': async () => {
    expect(await errorOf(search(`table: "image", ${microscope}`))).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
  'unknown-dataset': noDatasetCheck,
  'item-ids': async ({ json }) => {
    expect((await items(500)).nodes.map(({ pixanoId }) => pixanoId)).toEqual(json);
  },
  'datasets-info': async ({ json }) => {
    const [recorded, ...others] = z.array(infoSchema).parse(json);
    expect(others).toEqual([]);
    const { data } = await server.ask<{ library: { datasets: Nodes<{ pixanoId: string }> } }>(
      '{ library { datasets { nodes { pixanoId } totalCount } } }',
    );
    expect(data.library.datasets).toEqual({ nodes: [{ pixanoId: recorded?.id }], totalCount: 1 });
  },
  'dataset-info': ({ json }) => infoCheck(json),
  'dataset-info-404': noDatasetCheck,
  dataset: async ({ json }) => {
    const { relations, schemas, groups } = datasetSchema.parse(json).dataset_schema;
    const { tables } = await ask<{
      tables: { name: string; group: string; relation: string | null; columns: { name: string }[] }[];
    }>('tables { name group relation columns { name } }');
    const known = tables.filter(({ group }) => group !== 'SOURCE');
    expect(known.map(({ name }) => name).sort()).toEqual(Object.keys(schemas).sort());
    for (const { name, group, relation, columns } of known) {
      expect(relation?.toLowerCase()).toBe(relations[name]?.item?.toLowerCase());
      expect(groups[Object.keys(GROUPS).find((each) => GROUPS[each] === group) ?? '']).toContain(name);
      expect(columns.map((column) => column.name)).toEqual(Object.keys(schemas[name]?.fields ?? {}));
    }
  },
  count: async ({ json, request }) => {
    const { tables } = await ask<{ tables: { name: string; rowCount: number }[] }>('tables { name rowCount }');
    expect(tables.find(({ name }) => name === request.url.split('/').at(-2))?.rowCount).toBe(json);
  },
  'count-404': async () => {
    const { tables } = await ask<{ tables: { name: string }[] }>('tables { name }');
    expect(tables).not.toContainEqual({ name: 'nope' });
  },
  views: async ({ json }) => {
    const recorded = z.array(resource).parse(json);
    const { views } = await ask<{ views: Nodes<unknown> }>(
      'views(table: "image", first: 2) { nodes { pixanoId table width height format item { pixanoId } } }',
    );
    expect(views.nodes).toEqual(
      recorded.map(({ id, data: { width, height, format, item_ref } }) => {
        return { pixanoId: id, table: 'image', width, height, format, item: { pixanoId: idIn(item_ref) } };
      }),
    );
  },
  'views-404-table': async () => {
    expect(await errorOf('views(table: "nope") { totalCount }')).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
  embeddings: async ({ json }) => {
    const [recorded] = z.array(resource).parse(json);
    const { head } = z.object({ head: z.array(z.number()) }).parse(recorded?.data.vector);
    const { item } = await ask<{ item: { embeddings: { nodes: { vector: number[] }[] } } }>(
      `item(pixanoId: "${idIn(recorded?.data.item_ref)}") {
        embeddings(table: "emb_open-clip") { nodes { pixanoId shape vector view { pixanoId } table { name } } }
      }`,
    );
    const [embedding] = item.embeddings.nodes;
    expect(embedding).toMatchObject({
      pixanoId: recorded?.id,
      shape: recorded?.data.shape,
      view: { pixanoId: idIn(recorded?.data.view_ref) },
      table: { name: 'emb_open-clip' },
    });
    expect(embedding?.vector.slice(0, head.length)).toEqual(head);
  },
  items: async ({ json }) => {
    const recorded = z.array(resource).parse(json);
    expect((await items(2)).rows).toEqual(recorded.map(({ id, data }) => ({ id, ...data })));
  },
  'items-info': async ({ json }) => {
    const counted = z.object({
      id: z.string(),
      info: z.object({ views: z.record(z.string(), z.object({ count: z.int() })) }),
    });
    for (const { id, info } of z.array(counted).parse(json)) {
      for (const [table, { count }] of Object.entries(info.views)) {
        const { item } = await ask<{ item: object }>(
          `item(pixanoId: "${id}") { views(table: "${table}") { totalCount } }`,
        );
        expect(item).toEqual({ views: { totalCount: count } });
      }
    }
  },
  'dataset-items': async ({ json }) => {
    const whole = z.object({ item: resource, views: z.record(z.string(), z.union([resource, z.array(resource)])) });
    for (const { item: recorded, views } of z.array(whole).parse(json)) {
      const { item } = await ask<{ item: { attributes: object; views: Nodes<{ pixanoId: string }> } }>(
        `item(pixanoId: "${recorded.id}") { attributes views { nodes { pixanoId } } }`,
      );
      expect(item.attributes).toEqual(recorded.data);
      expect(item.views.nodes.map(({ pixanoId }) => pixanoId)).toEqual(
        Object.values(views)
          .flat()
          .map(({ id }) => id),
      );
    }
  },
  media: async (recorded) => {
    const response = await fetch(server.origin + osBras.mediaUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
  },
  thumbnail: async (recorded) => {
    const response = await fetch(server.origin + osBras.thumbnailUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
    const { width, height } = await sharp(await response.bytes()).metadata();
    expect(Math.max(width, height)).toBeLessThanOrEqual(128);
  },
  'media-404': async ({ status }) => {
    await rm(join(server.copy.media, 'health_images/all/os-bras.jpg'), { force: true });
    expect((await fetch(server.origin + osBras.mediaUrl)).status).toBe(status);
  },
  'thumbnail-404': async ({ status }) => {
    await rm(join(server.copy.media, 'health_images/all/os-bras.jpg'), { force: true });
    expect((await fetch(server.origin + osBras.thumbnailUrl)).status).toBe(status);
  },
};

function idIn(reference: unknown): string {
  return z.object({ id: z.string() }).parse(reference).id;
}

describe('what Pixano 0.6.12 answers is answered here', () => {
  test.each(Object.entries(checks))('%s', async (name, check) => {
    const recorded = exchanges.get(name);
    if (recorded === undefined) throw new Error(`${name} was not recorded.`);
    await check(recorded);
  });

  test('in every case that has a meaning here', () => expectEveryCase(PATH, exchanges.keys(), Object.keys(checks)));
});
