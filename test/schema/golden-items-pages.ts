import { expect } from 'vitest';
import { z } from 'zod';
import { parametersOf } from './golden.ts';
import { type Check, COLUMN_TYPES, type DatasetService, type Nodes } from './golden-service.ts';

/** A row of a listing; what an item shows of it is all but when it was made and changed. */
export const row = z.looseObject({ id: z.string(), created_at: z.string(), updated_at: z.string() });
export const ownColumns = ({ created_at: _made, updated_at: _changed, ...own }: z.infer<typeof row>) => own;

export const page = z.object({
  table_data: z.object({ columns: z.array(z.object({ name: z.string(), type: z.string() })), rows: z.array(row) }),
  pagination: z.object({ total_size: z.int() }),
  semantic_search: z.array(z.string()),
  item_ids: z.array(z.string()),
});

/** Items, `after` a cursor, in the shape of a page's rows. */
export async function items(service: DatasetService, first: number, after: string | null = null) {
  type Page = Nodes<{ pixanoId: string; attributes: object }> & { pageInfo: { endCursor: string } };
  const { items: found } = await service.ask<{ items: Page }>(
    'items(first: $first, after: $after) { nodes { pixanoId attributes } totalCount pageInfo { endCursor } }',
    { first, after },
    '($first: Int, $after: String)',
  );
  return { ...found, rows: found.nodes.map(({ pixanoId, attributes }) => ({ id: pixanoId, ...attributes })) };
}

const pageOf: Check = async (recorded, service) => {
  const { table_data, pagination } = page.parse(recorded.json);
  const parameters = parametersOf(recorded);
  const skip = Number(parameters.get('skip') ?? 0);
  const after = skip === 0 ? null : (await items(service, skip)).pageInfo.endCursor;
  const found = await items(service, Number(parameters.get('limit') ?? 50), after);
  expect(found.rows).toEqual(table_data.rows.map(ownColumns));
  expect(found.totalCount).toBe(pagination.total_size);
};

const emptyPage: Check = async (_recorded, service) => {
  const { endCursor } = (await items(service, 50)).pageInfo;
  expect((await items(service, 5, endCursor)).rows).toEqual([]);
};

export const pages: Readonly<Record<string, Check>> = {
  'page-default': async (recorded, service) => {
    await pageOf(recorded, service);
    const { table_data, semantic_search, item_ids } = page.parse(recorded.json);
    const { itemColumns, embeddingTables } = await service.ask<{
      itemColumns: { name: string; type: string }[];
      embeddingTables: { name: string }[];
    }>('itemColumns { name type } embeddingTables { name }');
    // The first column there is the picture.
    const columns = table_data.columns.filter(({ type }) => type !== 'image');
    expect(itemColumns).toEqual(columns.map(({ name, type }) => ({ name, type: COLUMN_TYPES[type] })));
    expect(embeddingTables.map(({ name }) => name)).toEqual(semantic_search);
    expect((await items(service, 500)).nodes.map(({ pixanoId }) => pixanoId)).toEqual(item_ids);
  },
  'page-limit-skip': pageOf,
  'page-skip-past-end': emptyPage,
  'page-skip-way-past-end': emptyPage,
  'page-limit-0': async (_recorded, service) => expect((await items(service, 0)).rows).toEqual([]),
  // Pixano gives all, however many; here a page has an end, and says so.
  'page-limit-huge': async (recorded, service) => {
    const error = await service.errorOf(`items(first: ${parametersOf(recorded).get('limit')}) { totalCount }`);
    expect(error?.message).toMatch(/smaller pages/);
  },
  'item-ids': async ({ json }, service) => {
    expect((await items(service, 500)).nodes.map(({ pixanoId }) => pixanoId)).toEqual(json);
  },
};
