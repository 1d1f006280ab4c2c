import { expect } from 'vitest';
import { z } from 'zod';
import { items, row } from './golden-items-pages.ts';
import { type Check, type Nodes, noDataset } from './golden-service.ts';

const resource = row.omit({ created_at: true, updated_at: true }).extend({ data: z.looseObject({}) });
const infoSchema = z.object({ id: z.string(), name: z.string(), description: z.string(), num_items: z.int() });

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

function idIn(reference: unknown): string {
  return z.object({ id: z.string() }).parse(reference).id;
}

export const datasets: Readonly<Record<string, Check>> = {
  'unknown-dataset': noDataset,
  'datasets-info': async ({ json }, { server }) => {
    const [recorded, ...others] = z.array(infoSchema).parse(json);
    expect(others).toEqual([]);
    const { data } = await server.ask<{ library: { datasets: Nodes<{ pixanoId: string }> } }>(
      '{ library { datasets { nodes { pixanoId } totalCount } } }',
    );
    expect(data.library.datasets).toEqual({ nodes: [{ pixanoId: recorded?.id }], totalCount: 1 });
  },
  'dataset-info': async ({ json }, { ask }) => {
    const { id, name, description, num_items } = infoSchema.parse(json);
    const info = { pixanoId: id, name, description, itemCount: num_items, layout: 'ITEMS' };
    expect(await ask('pixanoId name description itemCount layout')).toEqual(info);
  },
  'dataset-info-404': noDataset,
  dataset: async ({ json }, { ask }) => {
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
  count: async ({ json, request }, { ask }) => {
    const { tables } = await ask<{ tables: { name: string; rowCount: number }[] }>('tables { name rowCount }');
    expect(tables.find(({ name }) => name === request.url.split('/').at(-2))?.rowCount).toBe(json);
  },
  'count-404': async (_recorded, { ask }) => {
    const { tables } = await ask<{ tables: { name: string }[] }>('tables { name }');
    expect(tables).not.toContainEqual({ name: 'nope' });
  },
  views: async ({ json }, { ask }) => {
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
  'views-404-table': async (_recorded, { errorOf }) => {
    expect(await errorOf('views(table: "nope") { totalCount }')).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
  embeddings: async ({ json }, { ask }) => {
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
  items: async ({ json }, service) => {
    const recorded = z.array(resource).parse(json);
    expect((await items(service, 2)).rows).toEqual(recorded.map(({ id, data }) => ({ id, ...data })));
  },
  'items-info': async ({ json }, { ask }) => {
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
  'dataset-items': async ({ json }, { ask }) => {
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
};
