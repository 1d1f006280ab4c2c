import type { Dataset } from '../core/dataset.ts';
import { ConflictError } from '../core/errors.ts';
import { type EmbeddingJob, isFinished } from '../jobs/embedding-job.ts';
import { EmbeddingJobs, type StartJobInput } from '../jobs/embedding-jobs.ts';
import type { JobLog } from '../jobs/job-run.ts';
import { EmbedReport } from './embed-report.ts';
import { Interruption } from './interruption.ts';
import type { Workspace } from './workspace.ts';

/**
 * Brings a table up to date and tells how it goes. Ctrl-C and SIGTERM let the batches under way finish, and leave
 * the job INTERRUPTED. Where another process is at work on the table its job is shown, which a signal leaves alone;
 * when that has ended and was not what is asked for here, or its process was killed, this one goes on.
 * @param makeTable called where the jobs can be recorded, so that a folder that cannot hold them leaves no empty table
 * Where the table is large, its index is made when it is computed.
 * @returns the job that was shown last, as it stood then; that of the index only where it was interrupted
 */
export async function runEmbedding(
  { library, config }: Workspace,
  dataset: Dataset,
  input: StartJobInput,
  { makeTable, json = false }: { readonly makeTable: () => Promise<void>; readonly json?: boolean | undefined },
): Promise<EmbeddingJob> {
  // At a shell there is no log to look into: the last line says what a service keeps to its log.
  let unexpected: string | null = null;
  const log: JobLog = {
    error({ err }) {
      unexpected = err instanceof Error ? err.message : String(err);
    },
  };
  const folder = await library.state.writable();
  await using jobs = EmbeddingJobs.open({ folder, log, begunBy: 'embed', keep: config.keepJobs });
  await makeTable();
  const report = new EmbedReport(jobs, json);
  const unfinished = input.recompute ? null : jobs.unfinishedRecomputation(dataset, input.table);
  if (unfinished !== null) report.mention(unfinished);
  using interruption = new Interruption();
  interruption.signal.addEventListener('abort', () => void jobs.interrupt());
  for (;;) {
    const { job: begun, attached } = await startOrAttach(jobs, dataset, input);
    if (attached) report.attach(begun);
    let job = begun;
    // A job of our own is followed to its end, which a signal brings about.
    const signal = attached ? interruption.signal : undefined;
    for await (const event of jobs.follow(begun.id, { signal })) {
      job = event.job;
      report.show(job);
    }
    if (!attached && !isFinished(job)) {
      // It was told to end before it had begun, so that nobody is told of its end.
      await jobs.interrupt();
      job = jobs.get(job.id) ?? job;
    }
    const index = attached ? null : await followIndex(jobs, dataset, job, report);
    if (attached && !isFinished(job)) report.detach(job);
    else if (!attached || isAnswer(jobs, job, input)) report.end({ ...job, error: unexpected ?? job.error });
    else if (!interruption.signal.aborted) continue;
    return index?.state === 'INTERRUPTED' ? index : job;
  }
}

/** Shows the job that makes the index of a table which was just computed; null where none is needed. */
async function followIndex(
  jobs: EmbeddingJobs,
  dataset: Dataset,
  computed: EmbeddingJob,
  report: EmbedReport,
): Promise<EmbeddingJob | null> {
  let index = await jobs.indexingAfter(computed);
  if (index === null) return null;
  for await (const { job } of jobs.follow(index.id)) {
    index = job;
    report.show(job);
  }
  report.endIndex(index, (await dataset.indexes.standing(await dataset.embeddingTable(computed.table))).measurement);
  return index;
}

async function startOrAttach(
  jobs: EmbeddingJobs,
  dataset: Dataset,
  input: StartJobInput,
): Promise<{ readonly job: EmbeddingJob; readonly attached: boolean }> {
  for (;;) {
    try {
      return { job: await jobs.start(dataset, input), attached: false };
    } catch (error) {
      if (!(error instanceof ConflictError) || error.jobId === null) throw error;
      const job = jobs.get(error.jobId);
      if (job !== null) return { job, attached: true };
    }
  }
}

/** Whether another process's job leaves nothing to do here. */
function isAnswer(jobs: EmbeddingJobs, job: EmbeddingJob, input: StartJobInput): boolean {
  return job.kind === 'EMBED' && job.state !== 'INTERRUPTED' && (job.state !== 'SUCCEEDED' || jobs.asks(job.id, input));
}
