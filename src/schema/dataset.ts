import { hasPreview } from '../core/dataset-preview.ts';
import { builder } from './builder.ts';
import { pageArgs, pageComplexity } from './connection.ts';
import { ItemConnection, ViewConnection } from './connections.ts';
import { DatasetLayoutEnum } from './enums.ts';
import { FilterInput } from './filter.ts';
import { embeddingTableOf } from './find.ts';
import { itemsPage, OrderByInput } from './items-page.ts';
import { mediaUrl } from './media-url.ts';
import { DatasetRef, EmbeddingTableRef, ItemRef } from './refs.ts';
import { ColumnRef, TableRef } from './table.ts';
import { viewsPage } from './views-page.ts';

builder.node(DatasetRef, {
  description: 'One Pixano dataset, of either layout.',
  id: { resolve: (dataset) => dataset.folder },
  loadOne: (folder, { library, loaders }) => loaders.dataset(library, folder),
  fields: (t) => ({
    pixanoId: t.exposeString('id', { description: "Pixano's own id of it." }),
    folder: t.exposeString('folder', { description: 'Name of its folder in the library.' }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    description: t.exposeString('description', { description: 'What it is, in words.' }),
    layout: t.field({
      type: DatasetLayoutEnum,
      description: 'Which generation of Pixano wrote it.',
      resolve: (dataset) => dataset.layout.kind,
    }),
    itemCount: t.int({
      description: 'Items it has now.',
      resolve: (dataset, _args, { loaders }) => loaders.once(dataset, 'itemCount', () => dataset.items.count()),
    }),
    previewUrl: t.string({
      nullable: true,
      description: 'Its preview picture, on this service; null where Pixano made none.',
      resolve: async (dataset, _args, context) =>
        (await hasPreview(dataset.path)) ? mediaUrl({ kind: 'preview', folder: dataset.folder }, context) : null,
    }),
    tables: t.field({
      type: [TableRef],
      description: 'Every table on disk that can be opened.',
      resolve: (dataset) => dataset.tables(),
    }),
    itemColumns: t.field({
      type: [ColumnRef],
      description: 'Columns of the item table that filters and orders may name.',
      resolve: async (dataset) => (await dataset.items.columns()).filter((column) => column.scalar !== null),
    }),
    items: t.field({
      type: ItemConnection,
      description: 'Its items, in the order of their table or in another one; those that pass a filter.',
      args: {
        ...pageArgs(),
        filter: t.arg({ type: FilterInput, description: 'Which of them; all where it is left out.' }),
        orderBy: t.arg({
          type: [OrderByInput],
          description: 'By the first column, then by the next where that says nothing; missing values come last.',
        }),
      },
      complexity: pageComplexity(),
      resolve: async (dataset, args, context) => {
        const { loaders } = context;
        const page = await itemsPage(dataset, args, context);
        loaders.knowItems(
          dataset,
          page.edges.map(({ node }) => node.item),
        );
        return page;
      },
    }),
    item: t.field({
      type: ItemRef,
      nullable: true,
      description: "One item, by Pixano's own id.",
      args: { pixanoId: t.arg.string({ required: true, description: "Pixano's own id of the item." }) },
      resolve: async (dataset, { pixanoId }, { loaders }) => {
        const item = await loaders.item(dataset, pixanoId);
        return item === null ? null : { dataset, item };
      },
    }),
    views: t.field({
      type: ViewConnection,
      description: 'The views of all its items, in the order of their tables; of one table where it is named.',
      args: {
        table: t.arg.string({ description: 'A table of views, or in the records layout also a logical view.' }),
        ...pageArgs(),
      },
      complexity: pageComplexity(),
      resolve: async (dataset, { table, ...args }, context) => {
        const page = await viewsPage(dataset, { ...args, table: table ?? undefined }, context);
        context.loaders.knowViews(
          dataset,
          page.edges.map(({ node }) => node.view),
        );
        return page;
      },
    }),
    embeddingTables: t.field({
      type: [EmbeddingTableRef],
      description: 'Its tables of view embeddings, by name.',
      resolve: async (dataset) => {
        const [readable, unreadable] = await Promise.all([dataset.embeddingTables(), dataset.unreadableTables()]);
        const tables = [...readable, ...unreadable].sort((a, b) => a.name.localeCompare(b.name));
        return tables.map((table) => ({ dataset, table }));
      },
    }),
    embeddingTable: t.field({
      type: EmbeddingTableRef,
      nullable: true,
      description: 'One of them.',
      args: { name: t.arg.string({ required: true, description: 'As it is on disk.' }) },
      resolve: (dataset, { name }, context) => embeddingTableOf(context, dataset, name),
    }),
  }),
});
