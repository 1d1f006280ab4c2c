import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { oneLine } from './one-line.ts';
import { ProgressLine } from './progress-line.ts';

/** Tells how an embedding job goes: a bar on a terminal, lines of JSON, or just how it ended. */
export class EmbedReport {
  readonly #json: boolean;
  readonly #line: ProgressLine;
  #failuresShown = 0;

  constructor(json: boolean) {
    this.#json = json;
    this.#line = new ProgressLine(process.stderr);
  }

  show(job: EmbeddingJob): void {
    if (this.#json) {
      if (job.finishedAt === null) print(snapshotOf(job));
      return;
    }
    for (const { view, code, message } of job.failures.slice(this.#failuresShown)) {
      this.#line.say(oneLine(`${view.table} ${view.id}: ${code}: ${message}`));
    }
    this.#failuresShown = job.failures.length;
    const { embedded, skipped, failed, total, rate, etaSeconds } = job;
    const failures = failed === 0 ? '' : `${failed} failed`;
    const done = embedded + skipped + failed;
    const starting = done < total ? 'starting' : '';
    const speed = rate === null ? starting : `${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
    const left = etaSeconds === null ? '' : `${duration(etaSeconds)} left`;
    this.#line.draw(done, total, [failures, speed, left]);
  }

  end(job: EmbeddingJob): void {
    this.#line.clear();
    const { state, embedded, skipped, failed, total, error } = job;
    if (state === 'FAILED') process.stderr.write(`viewfinder: ${oneLine(String(error))}\n`);
    if (this.#json) {
      const failures = job.failures.map(({ view, code, message }) => ({ view: view.id, code, message }));
      print({ ...snapshotOf(job), failures });
      return;
    }
    const counts = `${embedded} embedded, ${skipped} had a vector, ${failed} failed, of ${total} views`;
    if (state === 'INTERRUPTED') process.stderr.write('viewfinder: interrupted; the same command goes on from here.\n');
    process.stdout.write(`${job.table}: ${counts}.\n`);
  }
}

function snapshotOf({ state, total, embedded, skipped, failed, rate, etaSeconds }: EmbeddingJob) {
  return { state, total, embedded, skipped, failed, rate, etaSeconds };
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
