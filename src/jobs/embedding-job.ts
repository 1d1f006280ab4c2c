import type { ViewFailure } from '../core/view-failure.ts';

export type EmbeddingJobState =
  | 'QUEUED'
  | 'RUNNING'
  | 'CANCELLING'
  | 'CANCELLED'
  | 'INTERRUPTED'
  | 'SUCCEEDED'
  | 'FAILED';

/** EMBED: brings a table up to date with its views. INDEX: makes its vector index. */
export type EmbeddingJobKind = 'EMBED' | 'INDEX';

/**
 * A job as it stood at one moment; it never changes. total = embedded + skipped + failed + still to do: views, and in
 * a job of the kind INDEX rows of the table, of which so many count as embedded as the share of its work that is done.
 */
export interface EmbeddingJob {
  readonly id: string;
  /** Goes up by one with every job of the record. */
  readonly number: number;
  readonly kind: EmbeddingJobKind;
  readonly state: EmbeddingJobState;
  /** Folder name of its dataset. */
  readonly dataset: string;
  readonly table: string;
  /** Id of the job that this one tries again. */
  readonly retryOf: string | null;
  readonly total: number;
  readonly embedded: number;
  readonly skipped: number;
  readonly failed: number;
  /** Views, or rows, a second, over the last seconds of work; null before there is any. */
  readonly rate: number | null;
  readonly etaSeconds: number | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Why a FAILED job failed. */
  readonly error: string | null;
  /** Goes up with every snapshot of any job in the record. */
  readonly sequence: number;
}

/** One view that a job could not embed. */
export interface JobFailure extends ViewFailure {
  readonly occurredAt: Date;
}

/** One snapshot of a job on its way to a follower. */
export interface JobEvent {
  /** Give it back as `after` to go on from here. */
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly job: EmbeddingJob;
}

/** The states of a job that is at work, or waits to be. */
export const LIVE_STATES = ['QUEUED', 'RUNNING', 'CANCELLING'] as const satisfies readonly EmbeddingJobState[];

export function isFinished({ state }: EmbeddingJob): boolean {
  return !LIVE_STATES.some((live) => live === state);
}
