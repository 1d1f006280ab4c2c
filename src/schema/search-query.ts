import type { Dataset } from '../core/dataset.ts';
import { ValidationError } from '../core/errors.ts';
import type { SearchQuery } from '../core/search/query.ts';
import { shown } from '../core/shown.ts';
import { builder } from './builder.ts';
import type { SchemaContext } from './context.ts';
import { idOrNull, splitId } from './global-id.ts';
import { bytesOf, LARGEST_UPLOAD } from './upload.ts';

export const SearchQueryInput = builder.inputType('SearchQuery', {
  description: 'What to look for: one of these.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: 'Words, such as "microscope picture of red cells".' }),
    image: t.field({ type: 'Upload', description: 'A picture file, to find what is like it.' }),
    imageUrl: t.string({
      description: 'The http or https address of a picture, on a host that the service is allowed to ask.',
    }),
    view: t.id({
      description: 'A view of this dataset, to find more like it: itself, or by items its item, is left out.',
    }),
    vector: t.floatList({ description: "As many finite numbers as the table's vectors have, in their space." }),
  }),
});

/** @throws ValidationError with a path below `query` */
export async function searchQueryOf(
  input: typeof SearchQueryInput.$inferInput,
  dataset: Dataset,
  { largestUpload = LARGEST_UPLOAD }: SchemaContext,
): Promise<SearchQuery> {
  const { text, image, imageUrl, view, vector } = input;
  if (text != null) return { text };
  if (image != null) return { image: await bytesOf(image, 'query.image', largestUpload) };
  if (imageUrl != null) return { imageUrl };
  if (view != null) return { view: viewKeyOf(view, dataset) };
  return { vector: vector ?? [] };
}

function viewKeyOf(globalId: string, dataset: Dataset) {
  const id = idOrNull('View', globalId);
  if (id === null) throw ValidationError.at('query.view', `"${shown(globalId)}" is not the id of a view.`);
  const [folder, table, viewId] = splitId(id, 3);
  if (folder === dataset.folder) return { table, id: viewId };
  throw ValidationError.at('query.view', `The view is one of the dataset in "${shown(folder)}", and not of this one.`);
}
