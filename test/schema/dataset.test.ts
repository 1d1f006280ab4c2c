import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@lancedb/lancedb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openApi, type TestApi } from './api.ts';

let api: TestApi;
afterEach(() => api[Symbol.asyncDispose]());

async function dataset<Data>(selection: string): Promise<Data> {
  const { data, errors } = await api.ask<{ dataset: Data }>(
    `{ dataset(by: { folder: "health_images" }) { ${selection} } }`,
  );
  expect(errors).toBeUndefined();
  return data.dataset;
}

describe('a dataset of the items layout', () => {
  beforeEach(async () => {
    api = await openApi('items');
  });

  test('says what it is', async () => {
    expect(await dataset('pixanoId folder name description layout itemCount previewUrl')).toEqual({
      pixanoId: 'health_images',
      folder: 'health_images',
      name: 'Health Images',
      description: 'A dataset of health images',
      layout: 'ITEMS',
      itemCount: 12,
      previewUrl: null,
    });
  });

  test('has tables, with what they are for and their columns', async () => {
    const { tables } = await dataset<{ tables: { name: string }[] }>(
      'tables { name group rowCount relation columns { name type } }',
    );
    expect(tables.find(({ name }) => name === 'emb_tiny')).toMatchObject({
      group: 'EMBEDDING',
      rowCount: 12,
      relation: 'ONE_TO_ONE',
      columns: expect.arrayContaining([{ name: 'vector', type: 'fixed_size_list<float>[512]' }]),
    });
    expect(tables.find(({ name }) => name === 'item')).toMatchObject({ group: 'ITEM', rowCount: 12, relation: null });
  });

  test('names the columns of its items that can be compared', async () => {
    expect(await dataset('itemColumns { name type nullable filterable sortable }')).toMatchObject({
      itemColumns: expect.arrayContaining([
        { name: 'image_type', type: 'string', nullable: false, filterable: true, sortable: true },
      ]),
    });
  });

  test('has views whose items are gone, as Pixano leaves them', async () => {
    const gone = 'dE3cQtkNgNEWkGMoTLgpDE';
    const items = await (await connect(join(api.copy.path, 'health_images/db'))).openTable('item');
    await items.delete(`id = '${gone}'`);
    const { views } = await dataset<{ views: { nodes: { item: { pixanoId: string; attributes: object } }[] } }>(
      'views(first: 100) { nodes { item { pixanoId attributes } } }',
    );
    expect(views.nodes).toHaveLength(12);
    expect(views.nodes).toContainEqual({ item: { pixanoId: gone, attributes: {} } });
  });

  test('has items with attributes, views and vectors', async () => {
    expect(await dataset('item(pixanoId: "gone") { id }')).toEqual({ item: null });
    expect(
      await dataset(`item(pixanoId: "dE3cQtkNgNEWkGMoTLgpDE") {
        attributes
        views(table: "image") { nodes { table width height format mediaUrl thumbnailUrl(size: PX_128) } }
        embeddings(table: "emb_tiny") { nodes { shape vector table { name } view { table } item { pixanoId } } }
      }`),
    ).toMatchObject({
      item: {
        attributes: { split: 'val', image_type: 'peau' },
        views: {
          nodes: [
            {
              table: 'image',
              width: expect.any(Number),
              format: 'JPEG',
              mediaUrl: expect.stringMatching(/^\/media\/health_images\/image\/\w+$/),
              thumbnailUrl: expect.stringMatching(/^\/thumbnail\/128\/health_images\/image\/\w+$/),
            },
          ],
        },
        embeddings: {
          nodes: [{ shape: [512], view: { table: 'image' }, item: { pixanoId: 'dE3cQtkNgNEWkGMoTLgpDE' } }],
        },
      },
    });
  });

  test('has embedding tables that say how far they can be trusted', async () => {
    await rm(join(api.copy.modelFolder, 'pixano-tiny-clip'));
    expect(
      await dataset(`embeddingTables {
        name embeddingFunction dimensions distance rowCount embeddedViewCount viewCount health
        findings { code } plugin { name } index { type } dataset { folder }
      } embeddingTable(name: "gone") { id }`),
    ).toMatchObject({
      embeddingTables: [
        {
          name: 'emb_open-clip',
          embeddingFunction: 'open-clip',
          dimensions: 512,
          distance: 'L2',
          rowCount: 12,
          embeddedViewCount: 12,
          viewCount: 12,
          health: 'READY',
          findings: [],
          plugin: { name: 'open-clip' },
          index: null,
          dataset: { folder: 'health_images' },
        },
        { name: 'emb_tiny', health: 'MISSING_MODEL', findings: [{ code: 'MISSING_MODEL' }] },
      ],
      embeddingTable: null,
    });
  });
});

describe('a dataset of the records layout', () => {
  beforeEach(async () => {
    api = await openApi('records');
  });

  test('answers the same questions', async () => {
    expect(
      await dataset(`layout itemCount previewUrl
        items(first: 1) { nodes { attributes views { nodes { table format } } embeddings { totalCount } } }
        embeddingTable(name: "embeddings") { distance health relation }`),
    ).toMatchObject({
      layout: 'RECORDS',
      itemCount: 12,
      previewUrl: '/preview/health_images',
      items: {
        nodes: [
          { attributes: { status: 'new' }, views: { nodes: [{ table: 'images' }] }, embeddings: { totalCount: 1 } },
        ],
      },
      embeddingTable: { distance: 'COSINE', health: 'READY', relation: null },
    });
  });
});

test('the library tells which folders cannot be opened, and hides no other', async () => {
  api = await openApi('items');
  await mkdir(join(api.copy.path, 'broken'));
  await writeFile(join(api.copy.path, 'broken/info.json'), '{"id": ');
  const { data } = await api.ask<object>(
    '{ library { name datasets { totalCount nodes { folder } } problems { folder code message } } }',
  );
  expect(data).toEqual({
    library: {
      name: 'pixano_library',
      datasets: { totalCount: 1, nodes: [{ folder: 'health_images' }] },
      problems: [{ folder: 'broken', code: 'INFO_INVALID', message: expect.stringContaining('info.json') }],
    },
  });
});

test('the plugins show their options as JSON Schema and the models that are here', async () => {
  api = await openApi('items');
  const { data } = await api.ask<{ embeddingPlugins: object[] }>(`{ embeddingPlugins {
    name functions version description modalities optionsSchema available unavailableReason
    models { name dimensions installed }
  } }`);
  expect(data.embeddingPlugins[0]).toMatchObject({
    name: 'open-clip',
    functions: ['open-clip'],
    modalities: ['IMAGE', 'TEXT'],
    optionsSchema: { type: 'object', properties: { pretrained: { default: 'laion2b_s34b_b79k' } } },
    available: true,
    unavailableReason: null,
    models: expect.arrayContaining([{ name: 'pixano-tiny-clip', dimensions: 512, installed: true }]),
  });
});
