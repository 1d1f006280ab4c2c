import { type EmbeddingJob, isFinished } from './embedding-job.ts';

/** One snapshot of a job on its way to a subscriber. */
export interface JobEvent {
  /** Give it back as `after` to go on from here. */
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly job: EmbeddingJob;
}

/** The snapshots of one job, the newest kept, told to whoever follows. */
export class JobFeed {
  #latest: JobEvent;
  readonly #followers = new Set<(event: JobEvent) => void>();

  constructor(job: EmbeddingJob) {
    this.#latest = eventOf(job);
  }

  get job(): EmbeddingJob {
    return this.#latest.job;
  }

  publish(job: EmbeddingJob): void {
    this.#latest = eventOf(job);
    for (const follower of this.#followers) follower(this.#latest);
  }

  /**
   * The job as it stands at once, or as soon as it is newer than `after`; then snapshots as it
   * goes on; it ends with the job. A slow reader gets the newest snapshot of each state and
   * misses those between; a state it does not miss.
   */
  async *follow({ after, signal }: { after?: string | undefined; signal?: AbortSignal | undefined }) {
    let waiting: JobEvent[] = [];
    let wake = () => {};
    const take = (event: JobEvent) => {
      if (waiting.at(-1)?.job.state === event.job.state) waiting.pop();
      waiting.push(event);
      wake();
    };
    const stop = () => wake();
    this.#followers.add(take);
    signal?.addEventListener('abort', stop);
    try {
      if (this.#latest.job.revision > revisionOf(after)) take(this.#latest);
      else if (isFinished(this.#latest.job)) return;
      while (!signal?.aborted) {
        const events = waiting;
        waiting = [];
        for (const event of events) {
          yield event;
          if (isFinished(event.job)) return;
        }
        if (waiting.length > 0) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal?.aborted) resolve();
        });
      }
    } finally {
      this.#followers.delete(take);
      signal?.removeEventListener('abort', stop);
    }
  }
}

function eventOf(job: EmbeddingJob): JobEvent {
  return { cursor: String(job.revision), occurredAt: new Date(), job };
}

function revisionOf(cursor: string | undefined): number {
  const revision = Number(cursor ?? '-1');
  return Number.isSafeInteger(revision) ? revision : -1;
}
