import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrow } from '../../../src/core/arrow.ts';
import { Dataset } from '../../../src/core/dataset.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { TOUCHY } from '../tutorial.ts';
import { Clusters } from './clusters.ts';
import { add, addViews, emptied, type GeneratedView, TABLE, viewTable } from './generated-dataset.ts';
import { plainSearch } from './plain-search.ts';

const vector = new Clusters(2).next();
let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

describe.each(['items', 'records'] as const)('a table of the %s layout whose rows name no item', (kind) => {
  const clusters = new Clusters(1);
  const views: GeneratedView[] = Array.from({ length: 3_000 }, (_, index) => {
    const itemId = `item-${index % 2_000}`;
    return { id: `view-${index}`, itemId, split: index % 2_000 < 100 ? 'few' : 'many', vector: clusters.next() };
  });
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    copy = await copyOfLibrary(kind, models);
    dataset = await openDataset(copy);
    await emptied(dataset);
    await addViews(dataset, views);
    const schema = await dataset.store.schema(TABLE);
    const fields = schema.fields.filter(({ name }) => name !== 'item_ref' && name !== 'record_id');
    await dataset.store.create(TABLE, new arrow.Schema(fields, schema.metadata), { overwrite: true });
    const columns = {
      id: views.map(({ id }) => id),
      view_ref: views.map(({ id }) => ({ name: viewTable(dataset), id })),
      view_id: views.map(({ id }) => id),
    };
    await add(
      dataset,
      TABLE,
      views.length,
      columns,
      views.map((view) => view.vector),
    );
  });
  afterAll(() => copy[Symbol.asyncDispose]());

  test.each([[null], ['few'], ['many']])('is searched by the items of its views, filtered to %s', async (split) => {
    const filter = split === null ? undefined : { column: { name: 'split', is: { eq: split } } };
    const { hits } = await dataset.search({ table: TABLE, query: { vector }, limit: 20, filter });
    const expected = plainSearch(views, vector, 'ITEM', (view) => split === null || view.split === split);
    expect(hits.map(({ item }) => item.id)).toEqual(expected.slice(0, 20).map(({ key }) => key));
  });
});

test('a vector of zeros is refused where directions are compared, and has no likeness elsewhere', async () => {
  await using copy = await copyOfLibrary('records', models);
  const dataset = await openDataset(copy);
  const zeros = new Float32Array((await dataset.embeddingTable('embeddings')).dimensions);
  await expect(dataset.search({ table: 'embeddings', query: { vector: zeros }, limit: 1 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    issues: [{ path: ['query', 'vector'], message: expect.stringContaining('no direction') }],
  });
  await using items = await copyOfLibrary('items', models);
  const { hits } = await (await openDataset(items)).search({ table: 'emb_tiny', query: { vector: zeros }, limit: 1 });
  expect(hits).toMatchObject([{ distance: expect.closeTo(1, 5), similarity: 0 }]);
});

test('more like a view is also another one of its item, though it has the same id in another table', async () => {
  await using copy = await copyOfLibrary('items', models);
  const path = join(copy.path, 'health_images');
  const written = JSON.parse(await readFile(join(path, 'schema.json'), 'utf8'));
  written.schemas.other = written.schemas.image;
  written.groups.views.push('other');
  written.relations.other = written.relations.image;
  written.relations.item.other = written.relations.item.image;
  await writeFile(join(path, 'schema.json'), JSON.stringify(written));
  const dataset = await openDataset(copy);
  await emptied(dataset);
  await addViews(dataset, [{ id: 'same', itemId: 'item', split: 'all', vector }]);
  await dataset.store.create('other', await dataset.store.schema('image'), { overwrite: false });
  const refs = { id: ['same'], item_ref: [{ name: 'item', id: 'item' }] };
  await add(dataset, 'other', 1, refs);
  await add(dataset, TABLE, 1, { ...refs, id: ['row'], view_ref: [{ name: 'other', id: 'same' }] }, [vector]);
  const query = { view: { table: 'image', id: 'same' } };
  const { hits } = await dataset.searchKeys({ table: TABLE, query, limit: 10, groupBy: 'VIEW' });
  expect(hits.map(({ view }) => view)).toEqual([{ table: 'other', id: 'same' }]);
});

test('a vector too long for single floats is no hit', async () => {
  await using copy = await copyOfLibrary('records', models);
  const dataset = await openDataset(copy);
  await emptied(dataset);
  await addViews(dataset, [
    { id: 'near', itemId: 'near', split: 'all', vector },
    { id: 'far', itemId: 'far', split: 'all', vector: vector.map((each) => each * 1e30) },
  ]);
  const { hits } = await dataset.searchKeys({ table: TABLE, query: { vector }, limit: 2 });
  expect(hits.map(({ itemId }) => itemId)).toEqual(['near']);
});

test('an index is used where it was measured, and neither with a filter nor when it was replaced', async () => {
  await using copy = await copyOfLibrary('items', models);
  const path = join(copy.path, 'health_images');
  const dataset = await Dataset.open(path, { models: copy.models, mediaDir: copy.media, indexRows: 1_000 });
  const table = await emptied(dataset);
  const clusters = new Clusters(1);
  const views = Array.from({ length: 5_000 }, (_, index) => {
    return { id: `view-${index}`, itemId: `item-${index}`, split: 'all', vector: clusters.next() };
  });
  await addViews(dataset, views);
  const search = (more: object = {}) => dataset.searchKeys({ table: TABLE, query: { vector }, limit: 10, ...more });
  expect((await search()).explain).toMatchObject({ exact: true, index: null });
  for await (const _share of dataset.indexes.make(table, { type: null, minRecallAt10: 0.95 }));
  const { explain, hits } = await search();
  expect(explain).toMatchObject({ exact: false, index: { type: 'IVF_FLAT', nprobes: expect.any(Number) } });
  expect(explain.candidates).toBeLessThanOrEqual(5_000);
  // The promise is about all queries: this one may find others than the nearest, but each where it is.
  const plain = new Map(plainSearch(views, vector).map(({ key, distance }) => [key, distance]));
  expect(hits).toHaveLength(10);
  for (const { itemId, distance } of hits) expect(distance).toBeCloseTo(plain.get(itemId) ?? Number.NaN, 5);
  let found = 0;
  for (let query = 0; query < 40; query++) {
    const like = clusters.next();
    const expected = new Set(
      plainSearch(views, like)
        .slice(0, 10)
        .map(({ key }) => key),
    );
    const near = await search({ query: { vector: like } });
    found += near.hits.filter(({ itemId }) => expected.has(itemId)).length;
  }
  expect(found / 400).toBeGreaterThan(0.9);
  for (const exactly of [{ exact: true }, { filter: { all: [] } }, { limit: 3_000 }]) {
    expect((await search(exactly)).explain).toMatchObject({ exact: true, index: null });
  }
  const lance = await table.lance();
  await lance.dropIndex((await lance.listIndices())[0]?.name ?? '');
  expect((await search()).explain.exact).toBe(true);
});
