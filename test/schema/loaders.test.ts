import { setTimeout as delay } from 'node:timers/promises';
import { makeArrowTable } from '@lancedb/lancedb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { addPictures, addViews } from '../core/more-views.ts';
import { openModels, type TestModels } from '../library.ts';
import { openApi, type TestApi } from './api.ts';

/** Beside those of the library: a page of 100 is not to be all of them. */
const MORE = 110;

/** All that reads a table: its rows, its schema, its version, what its indexes are. */
const READS = [
  'query',
  'vectorSearch',
  'takeRowIds',
  'countRows',
  'schema',
  'version',
  'listIndices',
  'indexStats',
] as const;

const LAYOUTS = {
  items: { table: 'emb_tiny', views: 'image', items: 'item' },
  records: { table: 'embeddings', views: 'images', items: 'records' },
} as const;

async function addMore(dataset: Dataset, kind: keyof typeof LAYOUTS): Promise<void> {
  const ids = Array.from({ length: MORE }, (_, index) => `more-${index}`);
  const items = await dataset.store.open(LAYOUTS[kind].items);
  const [row] = await dataset.getData(LAYOUTS[kind].items, { limit: 1 });
  const now = new Date();
  const rows = ids.map((id) => ({ ...row?.values, id, created_at: now, updated_at: now }));
  await items.add(makeArrowTable(rows, { schema: await items.schema() }));
  const views = ids.map((id) => ({ id: `view-of-${id}`, itemId: id }));
  if (kind === 'items') await addViews(dataset, views);
  else await addPictures(dataset, views);
  for await (const _progress of dataset.computeViewEmbeddings(LAYOUTS[kind].table));
}

describe.each(['items', 'records'] as const)('in the %s layout', (kind) => {
  const { table } = LAYOUTS[kind];
  let models: TestModels;
  let api: TestApi;
  beforeAll(async () => {
    models = await openModels();
    api = await openApi(kind, models);
    const dataset = await api.library.find({ folder: 'health_images' });
    if (dataset === null) throw new Error('The library has a dataset.');
    await addMore(dataset, kind);
    // Of a folder that has changed just now nobody knows yet whether it will not again.
    await delay(100);
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  async function ask<Data>(source: string): Promise<Data> {
    const { data, errors } = await api.ask<Data>(source);
    expect(errors).toBeUndefined();
    return data;
  }

  /** Reads that any Lance table gets while the operation is answered. */
  async function readsOf(source: string): Promise<number> {
    const dataset = await api.library.find({ folder: 'health_images' });
    const prototype = Object.getPrototypeOf(await dataset?.store.open(LAYOUTS[kind].views));
    const spies = READS.map((name) => vi.spyOn(prototype, name));
    await ask(source);
    const reads = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    vi.restoreAllMocks();
    return reads;
  }

  const inDataset = (selection: string) => `{ dataset(by: { folder: "health_images" }) { ${selection} } }`;
  const embeddings = `embeddings(table: "${table}") { totalCount nodes { id vector shape view { id } item { id } table { rowCount viewCount health index { type } } } }`;
  const views = `views { nodes { id thumbnailUrl mediaUrl item { id attributes } ${embeddings} } }`;
  const search = `search(first: N, input: { table: "${table}", query: { text: "cells" } })`;

  test.each([
    ['items with their views, thumbnails and vectors', `items(first: N) { nodes { id attributes ${views} } }`],
    ['items with their vectors', `items(first: N) { nodes { id ${embeddings} } }`],
    ['views with their items and vectors', `views(first: N) { nodes { id item { id attributes } ${embeddings} } }`],
    [
      'hits with their items, views and vectors',
      `${search} { edges { node { id ${views} } view { id item { id } ${embeddings} } } }`,
    ],
  ])('a page of 100 %s reads no more often than one of 10', async (_what, selection) => {
    const page = (size: number) => inDataset(selection.replace('N', String(size)));
    // The tables are opened, and what is kept by their versions is counted.
    await ask(page(1));
    for (const size of [10, 100]) await ask(page(size));
    const [short, long] = [await readsOf(page(10)), await readsOf(page(100))];
    // Where many lie at one distance, a short page may take one look more.
    expect(long).toBeLessThanOrEqual(short);
    expect(long).toBeGreaterThan(3);
    expect(long).toBeLessThan(60);
  });

  test('nodes that are asked for together are read together', async () => {
    interface Node {
      readonly id: string;
    }
    const { dataset } = await ask<{
      dataset: {
        embeddingTables: Node[];
        items: { nodes: Node[] };
        views: { nodes: (Node & { embeddings: { nodes: Node[] } })[] };
      };
    }>(
      inDataset(
        'embeddingTables { id } items(first: 100) { nodes { id } } views(first: 100) { nodes { id embeddings { nodes { id } } } }',
      ),
    );
    const nodes = {
      Item: dataset.items.nodes,
      View: dataset.views.nodes,
      ViewEmbedding: dataset.views.nodes.flatMap((view) => view.embeddings.nodes).slice(0, 100),
      EmbeddingTable: Array.from({ length: 100 }, () => dataset.embeddingTables)
        .flat()
        .slice(0, 100),
    };
    const fragments =
      '... on Item { attributes views { nodes { id } } } ... on View { item { id } } ' +
      '... on ViewEmbedding { vector view { id } item { id } table { rowCount } } ... on EmbeddingTable { rowCount health }';
    for (const [type, all] of Object.entries(nodes)) {
      expect([type, all.length]).toEqual([type, 100]);
      const of = (ids: readonly Node[]) =>
        `{ nodes(ids: ${JSON.stringify(ids.map(({ id }) => id))}) { id ${fragments} } }`;
      await ask(of(all.slice(0, 1)));
      const [few, many] = [await readsOf(of(all.slice(0, 10))), await readsOf(of(all))];
      expect([type, many]).toEqual([type, few]);
      expect(many).toBeLessThan(40);
    }
  });
});
