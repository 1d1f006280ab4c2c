import type { Measurement } from '../core/index/index-record.ts';
import type { EmbeddingJob, JobFailure } from '../jobs/embedding-job.ts';
import type { EmbeddingJobs } from '../jobs/embedding-jobs.ts';
import { duration } from './duration.ts';
import { oneLine } from './one-line.ts';
import { ProgressLine } from './progress-line.ts';

/** Tells how an embedding job goes: a bar on a terminal, lines of JSON, or just how it ended. */
export class EmbedReport {
  readonly #jobs: EmbeddingJobs;
  readonly #json: boolean;
  readonly #line: ProgressLine;
  #job: string | undefined;
  #failuresShown = 0;

  constructor(jobs: EmbeddingJobs, json: boolean) {
    this.#jobs = jobs;
    this.#json = json;
    this.#line = new ProgressLine(process.stderr);
  }

  /** Recomputing the table was begun and never finished. */
  mention({ embedded, total }: EmbeddingJob): void {
    this.#say(
      `the last --recompute of this table ended after ${embedded} of ${total} views: the other vectors are as they were before it, and --recompute computes them.`,
    );
  }

  /** The job is another process's. */
  attach(job: EmbeddingJob): void {
    this.#say(`another process is at work on ${job.table}: this is its job. Ctrl-C leaves it at work.`);
  }

  /** The job is another process's, and goes on without us. */
  detach(job: EmbeddingJob): void {
    this.#say('no longer shown; the job goes on in its process.');
    if (this.#json) print({ ...snapshotOf(job), failures: this.#failures(job).map(failureOf) });
  }

  show(job: EmbeddingJob): void {
    if (this.#json) {
      if (job.finishedAt === null) print(snapshotOf(job));
      return;
    }
    for (const { view, code, message } of this.#newFailures(job)) {
      this.#line.say(oneLine(`${view.table} ${view.id}: ${code}: ${message}`));
    }
    const { id, kind, embedded, skipped, failed, total, rate, etaSeconds } = job;
    const failures = failed === 0 ? '' : `${failed} failed`;
    const done = embedded + skipped + failed;
    const starting = this.#jobs.isMeasuring(id) ? 'measuring how the model is fastest here' : 'starting';
    const pace = rate === null ? (done < total ? starting : '') : `${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
    const speed = kind === 'INDEX' ? 'making its index' : pace;
    const left = etaSeconds === null ? '' : `${duration(etaSeconds)} left`;
    this.#line.draw(done, total, [failures, speed, left]);
  }

  end(job: EmbeddingJob): void {
    this.#line.clear();
    const { state, embedded, skipped, failed, total, error } = job;
    if (state === 'FAILED') process.stderr.write(`viewfinder: ${oneLine(String(error))}\n`);
    if (this.#json) {
      print({ ...snapshotOf(job), failures: this.#failures(job).map(failureOf) });
      return;
    }
    const counts = `${embedded} embedded, ${skipped} had a vector, ${failed} failed, of ${total} views`;
    if (state === 'INTERRUPTED') this.#say('interrupted; the same command goes on from here.');
    if (state === 'CANCELLED') this.#say('cancelled; the same command goes on from here.');
    process.stdout.write(`${job.table}: ${counts}.\n`);
  }

  /** What became of the index of the table that was computed. */
  endIndex(job: EmbeddingJob, measurement: Measurement | null): void {
    this.#line.clear();
    const { state, table, error } = job;
    if (this.#json) print(snapshotOf(job));
    if (state === 'FAILED') this.#say(oneLine(`${table} has no index: ${error}`));
    if (state === 'INTERRUPTED') this.#say('interrupted while its index was made; the same command goes on from here.');
    if (this.#json || state !== 'SUCCEEDED' || measurement === null) return;
    const { type, recallAt10 } = measurement;
    process.stdout.write(`${table}: indexed (${type}), which finds ${recallAt10.toFixed(3)} of the ten nearest.\n`);
  }

  #newFailures(job: EmbeddingJob): JobFailure[] {
    if (this.#job !== job.id) this.#failuresShown = 0;
    this.#job = job.id;
    if (job.failed === this.#failuresShown) return [];
    const failures = this.#jobs.failures(job.id, { offset: this.#failuresShown });
    this.#failuresShown += failures.length;
    return failures;
  }

  #failures(job: EmbeddingJob): JobFailure[] {
    return this.#jobs.failures(job.id);
  }

  #say(text: string): void {
    this.#line.say(`viewfinder: ${text}`);
  }
}

function snapshotOf({ kind, state, total, embedded, skipped, failed, rate, etaSeconds }: EmbeddingJob) {
  return { kind, state, total, embedded, skipped, failed, rate, etaSeconds };
}

function failureOf({ view, code, message }: JobFailure) {
  return { view: view.id, code, message };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
