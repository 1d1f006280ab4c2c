import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingProgress, PipelineOptions } from '../core/embedding-pipeline.ts';
import { NotFoundError } from '../core/errors.ts';
import type { IndexRequest } from '../core/index/make-index.ts';
import type { Library } from '../core/library.ts';
import type { Turns } from '../core/turns.ts';
import type { ViewKey } from '../core/view.ts';
import { isKeys, type ViewSelection } from '../core/view-selection.ts';
import type { EmbeddingJob } from './embedding-job.ts';
import type { JobFailures } from './job-failures.ts';
import type { JobWork } from './job-row.ts';

/** The dataset of a job that is recorded. @throws NotFoundError where its folder is no dataset any more */
export async function datasetIn(library: Library, folder: string): Promise<Dataset> {
  const dataset = await library.find({ folder });
  if (dataset === null) throw new NotFoundError(`The dataset in the folder "${folder}" is gone, or cannot be opened.`);
  return dataset;
}

/** What a job works with. */
export interface JobMeans {
  readonly failures: JobFailures;
  /** Of batches, for all jobs together. */
  readonly turns: Turns;
  readonly signal: AbortSignal;
}

/** What a job does, once its dataset is open. */
export function workIn(
  open: () => Dataset | Promise<Dataset>,
  { id, dataset, table }: EmbeddingJob,
  work: JobWork,
  { failures, turns, signal }: JobMeans,
): AsyncIterable<EmbeddingProgress> {
  if (work.kind === 'INDEX') return indexIn(open, table, work.index, { signal });
  const { selection, recompute, space, lastView, retryOf } = work;
  // Who asks for all again means those that failed too.
  const knownFailures = recompute ? [] : failures.remembered({ dataset, table, space, except: retryOf });
  const ownFailures = failures.list(id);
  return computeIn(open, table, selection, { recompute, knownFailures, ownFailures, after: lastView, turns, signal });
}

async function* computeIn(
  open: () => Dataset | Promise<Dataset>,
  table: string,
  selection: ViewSelection,
  options: PipelineOptions,
): AsyncGenerator<EmbeddingProgress> {
  const dataset = await open();
  yield* dataset.computeViewEmbeddings(table, await leftOf(dataset, selection), options);
}

async function* indexIn(
  open: () => Dataset | Promise<Dataset>,
  tableName: string,
  request: IndexRequest,
  call: { readonly signal: AbortSignal },
): AsyncGenerator<EmbeddingProgress> {
  const dataset = await open();
  const table = await dataset.embeddingTable(tableName);
  const total = await table.rowCount();
  const at = (share: number) => {
    return { total, embedded: Math.floor(total * share), skipped: 0, failed: 0, failures: [], last: null };
  };
  yield at(0);
  for await (const share of dataset.indexes.make(table, request, call)) yield at(share);
  yield at(1);
}

/** A selection without the views that were deleted since it was made: nothing is to do for them. */
export async function leftOf(dataset: Dataset, selection: ViewSelection): Promise<ViewSelection> {
  return isKeys(selection) ? viewsLeft(dataset, selection) : selection;
}

export async function viewsLeft({ views }: Dataset, keys: readonly ViewKey[]): Promise<ViewKey[]> {
  const found = await views.byKeys(keys);
  return keys.filter((_, index) => found[index]?.image);
}

/** The dataset, where a computation of its table has ended and left it without an index that it ought to have. */
export async function datasetWithoutIndex(
  open: () => Dataset | Promise<Dataset>,
  table: string,
): Promise<Dataset | null> {
  const dataset = await open();
  return (await dataset.indexes.isDue(await dataset.embeddingTable(table))) ? dataset : null;
}
