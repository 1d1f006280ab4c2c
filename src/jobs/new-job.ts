import type { Dataset } from '../core/dataset.ts';
import { locatedModel } from '../core/embedding-models.ts';
import { ConflictError } from '../core/errors.ts';
import { checkRequest, type IndexRequest } from '../core/index/make-index.ts';
import { modelKey } from '../core/vector-space.ts';
import type { ViewKey } from '../core/view.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import type { EmbeddingJob } from './embedding-job.ts';
import type { JobWork } from './job-row.ts';
import { leftOf, viewsLeft } from './job-work.ts';

interface AnyNewJob {
  readonly dataset: string;
  readonly table: string;
  /** Of the table, so that what failed with one model is tried with another. */
  readonly space: string;
  readonly retryOf: string | null;
  readonly total: number;
}

export interface NewEmbedJob extends AnyNewJob {
  readonly kind: 'EMBED';
  readonly selection: ViewSelection;
  readonly recompute: boolean;
  /** Where another job's recomputation came to. */
  readonly lastView: ViewKey | null;
}

export interface NewIndexJob extends AnyNewJob {
  readonly kind: 'INDEX';
  readonly index: IndexRequest;
}

/** What a new job is to do. */
export type NewJob = NewEmbedJob | NewIndexJob;

type EmbedRequest = Pick<NewEmbedJob, 'table' | 'selection' | 'recompute' | 'retryOf' | 'lastView'>;

/** @throws NotFoundError, ValidationError, PluginError where there is nothing that such a job could do */
export async function newEmbedJob(dataset: Dataset, request: EmbedRequest): Promise<NewEmbedJob> {
  const table = await dataset.embeddingTable(request.table);
  const { embeddingFunction, options } = table.space;
  await locatedModel(dataset.models, embeddingFunction, options);
  const { total } = await dataset.selectViews(table, request.selection, { replace: request.recompute });
  return { kind: 'EMBED', ...request, dataset: dataset.folder, space: modelKey(table.space), total };
}

/** @throws NotFoundError; ConflictError where no such index can be made of the table as it is */
export async function newIndexJob(
  dataset: Dataset,
  tableName: string,
  index: IndexRequest,
  retryOf: string | null = null,
): Promise<NewIndexJob> {
  const table = await dataset.embeddingTable(tableName);
  const standing = await dataset.indexes.standing(table);
  checkRequest(table, index, standing);
  const { rows: total } = standing;
  return {
    kind: 'INDEX',
    table: tableName,
    index,
    retryOf,
    dataset: dataset.folder,
    space: modelKey(table.space),
    total,
  };
}

/**
 * What another job left: of one that succeeded the views that failed, of any other the rest of its selection too.
 * @throws NotFoundError, PluginError; ConflictError where there is nothing to try again
 */
export async function newJobAfter(
  { id, table, state, failed }: EmbeddingJob,
  work: JobWork,
  dataset: Dataset,
  failures: readonly { readonly view: ViewKey }[],
): Promise<NewJob> {
  const succeeded = state === 'SUCCEEDED';
  const failedViews = failures.map(({ view }) => view);
  const left = succeeded ? await viewsLeft(dataset, failedViews) : null;
  if (left?.length === 0) {
    const message = 'The job has done all of its work: there is nothing to try again.';
    throw new ConflictError('CONFLICT', message, { jobId: id });
  }
  if (work.kind === 'INDEX') return newIndexJob(dataset, table, work.index, id);
  const selection = left ?? (await leftOf(dataset, work.selection));
  // What failed lies before that view as well.
  const lastView = succeeded || failed > 0 ? null : work.lastView;
  return newEmbedJob(dataset, { table, selection, recompute: work.recompute, retryOf: id, lastView });
}
