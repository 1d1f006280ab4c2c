import { expect } from 'vitest';
import { z } from 'zod';
import { items } from './golden-records-items.ts';
import { type Check, COLUMN_TYPES, noDataset } from './golden-service.ts';

export const filters = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string(), filterable: z.boolean(), sortable: z.boolean() })),
  search: z.object({ status: z.string(), embedded_rows: z.int(), total_records: z.int() }),
});

/** Columns of the items, and how many items there are. */
export const columnsOf: Check = async ({ json }, { ask }) => {
  const { columns, search } = filters.parse(json);
  const { itemColumns, itemCount } = await ask<{ itemColumns: { name: string }[]; itemCount: number }>(
    'itemCount itemColumns { name type filterable sortable }',
  );
  const expected = columns.map(({ type, ...column }) => ({ ...column, type: COLUMN_TYPES[type] }));
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(itemColumns.toSorted(byName)).toEqual(expected.toSorted(byName));
  expect(itemCount).toBe(search.total_records);
};

const infoSchema = z.object({ id: z.string(), name: z.string(), description: z.string(), num_records: z.int() });

const info: Check = async ({ json }, { ask }) => {
  const { id, name, description, num_records } = infoSchema.parse(json);
  const expected = { pixanoId: id, name, description, itemCount: num_records, layout: 'RECORDS' };
  expect(await ask('pixanoId name description itemCount layout')).toEqual(expected);
};

export const datasets: Readonly<Record<string, Check>> = {
  datasets: async (recorded, service) => {
    const [only, ...others] = z.array(z.json()).parse(recorded.json);
    expect(others).toEqual([]);
    await info({ ...recorded, json: only }, service);
  },
  'dataset-info': info,
  'dataset-info-404': noDataset,
  dataset: async ({ json }, { ask }) => {
    const recorded = Object.keys(z.object({ tables: z.record(z.string(), z.string()) }).parse(json).tables);
    const { tables } = await ask<{ tables: { name: string }[] }>('tables { name }');
    expect(tables.map(({ name }) => name)).toEqual(recorded.sort());
  },
  'dataset-stats': async ({ json }, { ask }) => {
    const { tables } = await ask<{ tables: { name: string; group: string; rowCount: number }[] }>(
      'tables { name group rowCount }',
    );
    const groups: Record<string, string> = {
      annotations: 'ANNOTATION',
      embeddings: 'EMBEDDING',
      entities: 'ENTITY',
      views: 'VIEW',
    };
    for (const [group, counts] of Object.entries(z.record(z.string(), z.record(z.string(), z.int())).parse(json))) {
      const ours = tables.filter((table) => table.group === groups[group]);
      expect(Object.fromEntries(ours.map(({ name, rowCount }) => [name, rowCount]))).toEqual(counts);
    }
  },
  'dataset-splits': async ({ json }, service) => {
    const { nodes } = await items(service);
    const group = ({ attributes }: { attributes: Record<string, unknown> }) =>
      JSON.stringify([attributes.split, attributes.status]);
    const counts = Object.entries(Object.groupBy(nodes, group)).map(([key, each]) => [
      ...JSON.parse(key),
      each?.length,
    ]);
    const recorded = z.array(z.object({ split: z.string(), status: z.string(), count: z.int() })).parse(json);
    expect(counts.sort()).toEqual(recorded.map(({ split, status, count }) => [split, status, count]).sort());
  },
  filters: async (recorded, service) => {
    await columnsOf(recorded, service);
    const { status, embedded_rows, total_records } = filters.parse(recorded.json).search;
    expect(
      await service.ask('embeddingTable(name: "embeddings") { health embeddedViewCount viewCount distance }'),
    ).toEqual({
      embeddingTable: {
        health: status.toUpperCase(),
        embeddedViewCount: embedded_rows,
        viewCount: total_records,
        distance: 'COSINE',
      },
    });
  },
  'records-404-dataset': noDataset,
  'search-404': noDataset,
};
