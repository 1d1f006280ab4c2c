import type { ViewSelection } from '../core/view-selection.ts';
import { type EmbeddingJob, isFinished } from './embedding-job.ts';
import type { JobHistory } from './job-history.ts';
import type { NewEmbedJob } from './new-job.ts';

/** Whether a job was asked to compute just this, of its table. */
export function askedFor(
  history: JobHistory,
  id: string,
  {
    selection = {},
    recompute = false,
  }: { readonly selection?: ViewSelection | undefined; readonly recompute?: boolean | undefined },
): boolean {
  const work = history.work(id);
  if (work.kind !== 'EMBED') return false;
  return work.recompute === recompute && JSON.stringify(work.selection) === JSON.stringify(selection);
}

/** The table's last computation where it was to replace all vectors and has ended before it had. */
export function unfinishedRecomputation(history: JobHistory, dataset: string, table: string): EmbeddingJob | null {
  const job = history.latestOn(dataset, table, 'EMBED');
  if (job === null || !isFinished(job) || job.state === 'SUCCEEDED') return null;
  const work = history.work(job.id);
  return work.kind === 'EMBED' && work.recompute ? job : null;
}

/** The same recomputation by the same model, where a process left it unfinished: it is gone on with. */
export function interruptedRecomputation(history: JobHistory, asked: NewEmbedJob): EmbeddingJob | null {
  const job = asked.recompute ? history.latestOn(asked.dataset, asked.table, 'EMBED') : null;
  if (job?.state !== 'INTERRUPTED' || !askedFor(history, job.id, asked)) return null;
  return history.work(job.id).space === asked.space ? job : null;
}
