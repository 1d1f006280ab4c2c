import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingProgress, PipelineOptions } from '../core/embedding-pipeline.ts';
import { NotFoundError } from '../core/errors.ts';
import type { Library } from '../core/library.ts';
import type { ViewSelection } from '../core/view-selection.ts';

/** The dataset of a job that is recorded. @throws NotFoundError where its folder is no dataset any more */
export async function datasetIn(library: Library, folder: string): Promise<Dataset> {
  const dataset = await library.find({ folder });
  if (dataset === null) throw new NotFoundError(`The dataset in the folder "${folder}" is gone, or cannot be opened.`);
  return dataset;
}

/** What a job does, once its dataset is open. */
export async function* computeIn(
  dataset: Dataset | Promise<Dataset>,
  table: string,
  selection: ViewSelection,
  options: PipelineOptions,
): AsyncGenerator<EmbeddingProgress> {
  yield* (await dataset).computeViewEmbeddings(table, selection, options);
}
