import { builder } from './builder.ts';
import { pageArgs, pageComplexity } from './connection.ts';
import { ViewEmbeddingConnection } from './connections.ts';
import { itemOf } from './find.ts';
import { splitId } from './global-id.ts';
import { THUMBNAIL_SIZES } from './media-path.ts';
import { mediaUrl } from './media-url.ts';
import { ItemRef, ViewRef } from './refs.ts';
import { embeddingsPage } from './view-embedding.ts';

const ThumbnailSizeEnum = builder.enumType('ThumbnailSize', {
  description: "Pixels of a thumbnail's longer side.",
  values: Object.fromEntries(
    THUMBNAIL_SIZES.map((size) => [`PX_${size}`, { value: size, description: `${size} pixels.` }]),
  ),
});

builder.node(ViewRef, {
  description: 'One medium of an item, such as its image.',
  id: { resolve: ({ dataset, view }) => `${dataset.folder}/${view.table}/${view.id}` },
  loadOne: async (globalId, { library, loaders }) => {
    const [folder, table, id] = splitId(globalId, 3);
    const dataset = await loaders.dataset(library, folder);
    const view = dataset === null ? null : await loaders.view(dataset, { table, id });
    return dataset === null || view === null ? null : { dataset, view };
  },
  fields: (t) => ({
    pixanoId: t.string({ description: "Pixano's own id of it.", resolve: ({ view }) => view.id }),
    table: t.string({
      description: 'The table that holds it, `image` in the tutorial.',
      resolve: ({ view }) => view.table,
    }),
    item: t.field({
      type: ItemRef,
      description: 'The item that it belongs to.',
      resolve: ({ dataset, view }, _args, context) => itemOf(context, dataset, view.itemId),
    }),
    width: t.int({ nullable: true, description: 'Pixels, as Pixano noted them.', resolve: ({ view }) => view.width }),
    height: t.int({ nullable: true, description: 'Pixels, as Pixano noted them.', resolve: ({ view }) => view.height }),
    format: t.string({ nullable: true, description: 'Such as `JPEG`.', resolve: ({ view }) => view.format }),
    mediaUrl: t.string({
      nullable: true,
      description:
        'Its bytes, on this service (404 when the file is gone); null where the address is not one that it may serve. ' +
        'Where the service asks for tokens the address needs none, and holds for one or two days: use it as it is.',
      resolve: ({ dataset, view }, _args, context) =>
        dataset.views.servable(view) ? mediaUrl({ kind: 'media', folder: dataset.folder, view }, context) : null,
    }),
    thumbnailUrl: t.string({
      nullable: true,
      description: 'A small picture of it, on this service; null as `mediaUrl` is, and where it is no picture.',
      args: {
        size: t.arg({
          type: ThumbnailSizeEnum,
          required: true,
          defaultValue: 256,
          description: 'A picture that is smaller is not made larger.',
        }),
      },
      resolve: ({ dataset, view }, { size }, context) =>
        view.image && dataset.views.servable(view)
          ? mediaUrl({ kind: 'thumbnail', size, folder: dataset.folder, view }, context)
          : null,
    }),
    embeddings: t.field({
      type: ViewEmbeddingConnection,
      description: 'Its vectors, from every embedding table; from one where it is named.',
      args: {
        table: t.arg.string({ description: 'An embedding table.' }),
        ...pageArgs(),
      },
      complexity: pageComplexity(1),
      resolve: ({ dataset, view }, args, context) =>
        embeddingsPage(dataset, args, context, (table) => context.loaders.embeddingsOfView(dataset, table, view)),
    }),
  }),
});
