import { once } from 'node:events';
import { isFinished, type JobEvent } from './embedding-job.ts';
import type { FollowFilter, JobHistory } from './job-history.ts';
import { Pace } from './pace.ts';

/** Milliseconds between two looks for what other processes have recorded, and for processes that are gone. */
const LOOK_MS = 250;

export interface FollowOptions {
  /** The cursor of the last event that was seen: nothing that is not newer is given. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly filter: FollowFilter;
  readonly wake: (error?: unknown) => void;
}

/**
 * Tells followers what is recorded of jobs, in whatever process they run. A follower has a place in
 * the record and nothing else: however slow it is, nothing is kept for it, and no change of state is lost.
 */
export class JobFeed {
  readonly #history: JobHistory;
  readonly #reap: () => void;
  readonly #pace: Pace;
  readonly #waiting = new Set<Waiting>();
  #seen = 0;
  #foreignVersion = -1;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param reap writes down which jobs have lost their process
   * @param isWorking whether this process runs jobs, which must not suffer from their followers
   */
  constructor(history: JobHistory, { reap, isWorking }: { reap: () => void; isWorking: () => boolean }) {
    this.#history = history;
    this.#reap = reap;
    this.#pace = new Pace(isWorking);
  }

  /**
   * The job as it stands at once, or as soon as it is newer than `after`; then snapshots as it goes on,
   * the newest of each stretch in one state; it ends with the job.
   */
  async *follow(id: string, { after, signal }: FollowOptions = {}): AsyncGenerator<JobEvent, void> {
    const now = this.#history.get(id);
    if (now === null) return;
    for await (const event of this.#from({ id }, this.#placeOf(after) ?? now.sequence - 1, signal)) {
      yield event;
      if (isFinished(event.job)) return;
    }
  }

  /**
   * The jobs that are at work as they stand at once, or all that is newer than `after`; then every job as it
   * goes on; it does not end.
   */
  async *followAll(
    { dataset }: Pick<FollowFilter, 'dataset'>,
    { after, signal }: FollowOptions = {},
  ): AsyncGenerator<JobEvent, void> {
    const place = this.#placeOf(after);
    const start = place ?? this.#history.sequence();
    if (place === undefined) yield* this.#history.live(dataset);
    yield* this.#from({ dataset }, start, signal);
  }

  /** Is to be called after each write of this process. */
  wake(): void {
    if (this.#waiting.size === 0) return;
    // Taken first: what another process records in between is told twice, and not never.
    const sequence = this.#history.sequence();
    const changed = this.#history.changedSince(this.#seen);
    this.#seen = sequence;
    for (const { filter, wake } of this.#waiting) {
      const concerns = ({ id, dataset }: { id: string; dataset: string }) =>
        (filter.id ?? id) === id && (filter.dataset ?? dataset) === dataset;
      if (changed.some(concerns)) wake();
    }
  }

  /**
   * Followers get what there is. What is not over by then goes on in another process or a later one: who gave a signal
   * is not told of an end, and waits until that aborts.
   */
  close(): void {
    this.#closed = true;
    this.#pace.letGo();
    clearInterval(this.#looking);
    for (const { wake } of this.#waiting) wake();
  }

  async *#from(filter: FollowFilter, start: number, signal: AbortSignal | undefined): AsyncGenerator<JobEvent, void> {
    let place = start;
    for (;;) {
      await this.#news(filter, place, signal);
      await this.#pace.turn(signal);
      if (signal?.aborted) return;
      const event = this.#history.next(filter, place);
      if (event === null) {
        if (signal !== undefined && !this.#isOver(filter)) await once(signal, 'abort');
        return;
      }
      place = Number(event.cursor);
      yield event;
    }
  }

  /** Waits until there is something behind a place in the record, or there never will be. */
  async #news(filter: FollowFilter, place: number, signal: AbortSignal | undefined): Promise<void> {
    while (!signal?.aborted && this.#history.next(filter, place) === null) {
      if (this.#closed || this.#isOver(filter)) return;
      await this.#change(filter, place, signal);
    }
  }

  /** Whether nothing can come any more, as of a job that has ended. */
  #isOver({ id }: FollowFilter): boolean {
    if (id === undefined) return false;
    const job = this.#history.get(id);
    return job === null || isFinished(job);
  }

  #change(filter: FollowFilter, place: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size === 0) this.#seen = place;
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        filter,
        wake: (error) => {
          this.#waiting.delete(waiting);
          signal?.removeEventListener('abort', stop);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const stop = () => waiting.wake();
      this.#waiting.add(waiting);
      signal?.addEventListener('abort', stop);
    });
  }

  #look(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    try {
      this.#reap();
      const version = this.#history.foreignVersion();
      if (version === this.#foreignVersion) return;
      this.#foreignVersion = version;
      this.wake();
    } catch (error) {
      for (const { wake } of this.#waiting) wake(error);
    }
  }

  /** A cursor of a record that was deleted since, or that is none, stands for no place. */
  #placeOf(cursor: string | undefined): number | undefined {
    if (cursor === undefined || !/^\d{1,15}$/.test(cursor)) return undefined;
    const place = Number(cursor);
    return place <= this.#history.sequence() ? place : undefined;
  }
}
