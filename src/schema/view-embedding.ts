import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingRow, EmbeddingTable } from '../core/embedding-table.ts';
import { builder } from './builder.ts';
import { type Connection, connectionFromList, type PageArgs } from './connection.ts';
import type { SchemaContext } from './context.ts';
import { itemOf } from './find.ts';
import { splitId } from './global-id.ts';
import { EmbeddingTableRef, ItemRef, type ViewEmbeddingNode, ViewEmbeddingRef, ViewRef } from './refs.ts';

builder.node(ViewEmbeddingRef, {
  description: 'The vector of one view, in the space of its table.',
  id: { resolve: ({ dataset, table, embedding }) => `${dataset.folder}/${table.name}/${embedding.id}` },
  loadOne: async (globalId, { library, loaders }) => {
    const [folder, name, id] = splitId(globalId, 3);
    const dataset = await loaders.dataset(library, folder);
    const table = dataset === null ? null : await loaders.embeddingTable(dataset, name);
    if (dataset === null || table === null) return null;
    const embedding = await loaders.embedding(dataset, table, id);
    return embedding === null ? null : { dataset, table, embedding };
  },
  fields: (t) => ({
    pixanoId: t.string({ description: "Pixano's own id of it.", resolve: ({ embedding }) => embedding.id }),
    table: t.field({ type: EmbeddingTableRef, description: 'The table that holds it.', resolve: (self) => self }),
    view: t.field({
      type: ViewRef,
      nullable: true,
      description: 'The view that it was computed from; null where that is gone.',
      resolve: async ({ dataset, embedding }, _args, { loaders }) => {
        const view = await loaders.view(dataset, embedding.view);
        return view === null ? null : { dataset, view };
      },
    }),
    item: t.field({
      type: ItemRef,
      description: 'The item that the view belongs to.',
      resolve: ({ dataset, embedding }, _args, context) => itemOf(context, dataset, embedding.itemId),
    }),
    shape: t.field({
      type: ['Int'],
      description: 'The dimensions of the vector: one number, its length.',
      resolve: ({ table }) => [table.dimensions],
    }),
    vector: t.field({
      type: ['Float'],
      description: 'Its numbers, float32.',
      resolve: async ({ dataset, table, embedding }, _args, { loaders }) => [
        ...(await loaders.vector(dataset, table, embedding.id)),
      ],
    }),
  }),
});

/** One page of the vectors that belong to a view or an item, table after table. */
export async function embeddingsPage(
  dataset: Dataset,
  { table, ...args }: PageArgs & { readonly table?: string | null | undefined },
  context: SchemaContext,
  ofTable: (table: EmbeddingTable) => Promise<readonly EmbeddingRow[]>,
): Promise<Connection<ViewEmbeddingNode>> {
  const all = await context.loaders.embeddingTables(dataset);
  const tables = table == null ? all : all.filter(({ name }) => name === table);
  // The dataset says it best.
  if (table != null && tables.length === 0) await dataset.embeddingTable(table);
  const rows = await Promise.all(
    tables.map(async (each) => (await ofTable(each)).map((embedding) => ({ dataset, table: each, embedding }))),
  );
  return connectionFromList(rows.flat(), args, context, (row) => JSON.stringify([row.table.name, row.embedding.id]));
}
