import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingFilter } from '../core/embedding-table.ts';
import { builder } from './builder.ts';
import { type Connection, connectionOf, type PageArgs, pageOf } from './connection.ts';
import { itemOf } from './find.ts';
import { splitId } from './global-id.ts';
import { EmbeddingTableRef, ItemRef, type ViewEmbeddingNode, ViewEmbeddingRef, ViewRef } from './refs.ts';

builder.node(ViewEmbeddingRef, {
  description: 'The vector of one view, in the space of its table.',
  id: { resolve: ({ dataset, table, embedding }) => `${dataset.folder}/${table.name}/${embedding.id}` },
  loadOne: async (globalId, { library }) => {
    const [folder, name, id] = splitId(globalId, 3);
    const dataset = await library.find({ folder });
    const table = (await dataset?.findEmbeddingTable(name)) ?? null;
    const embedding = (await table?.byId(id)) ?? null;
    return dataset === null || table === null || embedding === null ? null : { dataset, table, embedding };
  },
  fields: (t) => ({
    pixanoId: t.string({ description: "Pixano's own id of it.", resolve: ({ embedding }) => embedding.id }),
    table: t.field({ type: EmbeddingTableRef, description: 'The table that holds it.', resolve: (self) => self }),
    view: t.field({
      type: ViewRef,
      nullable: true,
      description: 'The view that it was computed from; null where that is gone.',
      resolve: async ({ dataset, embedding }) => {
        const [view] = await dataset.views.byKeys([embedding.view]);
        return view ? { dataset, view } : null;
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
      resolve: ({ embedding }) => [...embedding.shape],
    }),
    vector: t.field({
      type: ['Float'],
      description: 'Its numbers, float32.',
      resolve: ({ embedding }) => [...embedding.vector],
    }),
  }),
});

/** One page of the vectors that belong to a view or an item, table after table. */
export async function embeddingsPage(
  dataset: Dataset,
  filter: EmbeddingFilter,
  { table, ...args }: PageArgs & { readonly table?: string | null | undefined },
): Promise<Connection<ViewEmbeddingNode>> {
  const tables = table == null ? await dataset.embeddingTables() : [await dataset.embeddingTable(table)];
  const counts = await Promise.all(tables.map((each) => each.rowCount(filter)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const page = pageOf(args, total);
  const nodes: ViewEmbeddingNode[] = [];
  let { offset, limit } = page;
  for (const [index, each] of tables.entries()) {
    const count = counts[index] ?? 0;
    if (limit > 0 && offset < count) {
      const embeddings = await each.list(filter, { limit, offset });
      nodes.push(...embeddings.map((embedding) => ({ dataset, table: each, embedding })));
      limit -= embeddings.length;
    }
    offset = Math.max(0, offset - count);
  }
  return connectionOf(nodes, page, total);
}
