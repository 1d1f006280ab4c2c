import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingProgress, PipelineOptions } from '../core/embedding-pipeline.ts';
import { NotFoundError } from '../core/errors.ts';
import type { Library } from '../core/library.ts';
import type { ViewKey } from '../core/view.ts';
import { isKeys, type ViewSelection } from '../core/view-selection.ts';

/** The dataset of a job that is recorded. @throws NotFoundError where its folder is no dataset any more */
export async function datasetIn(library: Library, folder: string): Promise<Dataset> {
  const dataset = await library.find({ folder });
  if (dataset === null) throw new NotFoundError(`The dataset in the folder "${folder}" is gone, or cannot be opened.`);
  return dataset;
}

/** What a job does, once its dataset is open. */
export async function* computeIn(
  open: () => Dataset | Promise<Dataset>,
  table: string,
  selection: ViewSelection,
  options: PipelineOptions,
): AsyncGenerator<EmbeddingProgress> {
  const dataset = await open();
  yield* dataset.computeViewEmbeddings(table, await leftOf(dataset, selection), options);
}

/** A selection without the views that were deleted since it was made: nothing is to do for them. */
export async function leftOf(dataset: Dataset, selection: ViewSelection): Promise<ViewSelection> {
  return isKeys(selection) ? viewsLeft(dataset, selection) : selection;
}

export async function viewsLeft({ views }: Dataset, keys: readonly ViewKey[]): Promise<ViewKey[]> {
  const found = await views.byKeys(keys);
  return keys.filter((_, index) => found[index]?.image);
}
