import type { ViewFailure } from '../core/image-embedder.ts';

export type EmbeddingJobState =
  | 'QUEUED'
  | 'RUNNING'
  | 'CANCELLING'
  | 'CANCELLED'
  | 'INTERRUPTED'
  | 'SUCCEEDED'
  | 'FAILED';

/** A job as it stood at one moment; it never changes. */
export interface EmbeddingJob {
  readonly id: string;
  readonly state: EmbeddingJobState;
  /** Folder name of its dataset. */
  readonly dataset: string;
  readonly table: string;
  readonly total: number;
  readonly embedded: number;
  readonly skipped: number;
  readonly failed: number;
  /** Views a second, over the last seconds of work; null before there is any. */
  readonly rate: number | null;
  readonly etaSeconds: number | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Why a FAILED job failed. */
  readonly error: string | null;
  /** In the order in which they came; later snapshots of the job have more. */
  readonly failures: readonly JobFailure[];
  /** Goes up by one with every snapshot of the job. */
  readonly revision: number;
}

export interface JobFailure extends ViewFailure {
  readonly occurredAt: Date;
}

const FINISHED: readonly EmbeddingJobState[] = ['CANCELLED', 'INTERRUPTED', 'SUCCEEDED', 'FAILED'];

export function isFinished(job: EmbeddingJob): boolean {
  return FINISHED.includes(job.state);
}
