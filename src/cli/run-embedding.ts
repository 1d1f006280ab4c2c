import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { EmbeddingJobs, type JobLog, type StartJobInput } from '../jobs/embedding-jobs.ts';
import { EmbedReport } from './embed-report.ts';

/**
 * Runs one embedding job to its end and tells how it goes. Ctrl-C and SIGTERM let the batches under
 * way finish, and leave the job INTERRUPTED.
 * @returns the job as it ended
 */
export async function runEmbedding(dataset: Dataset, input: StartJobInput, json: boolean): Promise<EmbeddingJob> {
  // At a shell there is no log to look into: the last line says what a service keeps to its log.
  let unexpected: string | null = null;
  const log: JobLog = {
    error({ err }) {
      unexpected = err instanceof Error ? err.message : String(err);
    },
  };
  await using jobs = new EmbeddingJobs(log);
  let job = await jobs.start(dataset, input);
  const interrupt = () => void jobs[Symbol.asyncDispose]();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const report = new EmbedReport(json);
  for await (const event of jobs.feed(job.id)?.follow({}) ?? []) {
    job = event.job;
    report.show(job);
  }
  report.end({ ...job, error: unexpected ?? job.error });
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return job;
}
