import { builder } from './builder.ts';
import { connectionFromList, pageArgs, pageComplexity } from './connection.ts';
import { ViewConnection, ViewEmbeddingConnection } from './connections.ts';
import { splitId } from './global-id.ts';
import { ItemRef } from './refs.ts';
import { embeddingsPage } from './view-embedding.ts';

builder.node(ItemRef, {
  description: 'One item of a dataset (a *record* since Pixano 0.7).',
  id: { resolve: ({ dataset, item }) => `${dataset.folder}/${item.id}` },
  loadOne: async (id, { library, loaders }) => {
    const [folder, itemId] = splitId(id, 2);
    const dataset = await loaders.dataset(library, folder);
    const item = dataset === null ? null : await loaders.item(dataset, itemId);
    return dataset === null || item === null ? null : { dataset, item };
  },
  fields: (t) => ({
    pixanoId: t.string({ description: "Pixano's own id of it.", resolve: ({ item }) => item.id }),
    attributes: t.field({
      type: 'JSON',
      description: "The item's own columns, by name.",
      resolve: ({ item }) => item.attributes,
    }),
    views: t.field({
      type: ViewConnection,
      description: 'Its views; those of one table where it is named.',
      args: {
        table: t.arg.string({ description: 'A table of views, or in the records layout also a logical view.' }),
        ...pageArgs(),
      },
      complexity: pageComplexity(1),
      resolve: async ({ dataset, item }, { table, ...args }, context) => {
        const views = await context.loaders.viewsOfItem(dataset, item.id, table ?? undefined);
        return connectionFromList(
          views.map((view) => ({ dataset, view })),
          args,
          context,
          ({ view }) => JSON.stringify([view.table, view.id]),
        );
      },
    }),
    embeddings: t.field({
      type: ViewEmbeddingConnection,
      description: 'Vectors of its views, from every embedding table; from one where it is named.',
      args: {
        table: t.arg.string({ description: 'An embedding table.' }),
        ...pageArgs(),
      },
      complexity: pageComplexity(1),
      resolve: ({ dataset, item }, args, context) =>
        embeddingsPage(dataset, args, context, (table) => context.loaders.embeddingsOfItem(dataset, table, item.id)),
    }),
  }),
});
