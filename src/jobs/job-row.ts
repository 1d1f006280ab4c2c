import { z } from 'zod';
import { indexTypeName } from '../core/index/index-types.ts';
import type { IndexRequest } from '../core/index/make-index.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import { type EmbeddingJob, type JobEvent, LIVE_STATES } from './embedding-job.ts';

const time = z.int().transform((milliseconds) => new Date(milliseconds));
const flag = z.int().transform((bit) => bit !== 0);

/** What a column of JSON holds. */
function json<Output>(schema: z.ZodType<Output>) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

const viewKey = z.object({ table: z.string(), id: z.string() });

const selection: z.ZodType<ViewSelection> = z.union([
  z.array(viewKey),
  z.object({ table: z.string().optional(), limit: z.int().optional() }),
]);

export const jobState = z.enum(['QUEUED', 'RUNNING', 'CANCELLING', 'CANCELLED', 'INTERRUPTED', 'SUCCEEDED', 'FAILED']);

/** Of jobs that are at work, or wait to be. */
export const LIVE = `job.state IN (${LIVE_STATES.map((state) => `'${state}'`).join()})`;

/** The columns that `eventOf` needs, of a job and one of its snapshots. */
export const EVENT_COLUMNS = `
  job.number, job.id, job.kind, job.dataset, job.embedding_table AS "table", job.retry_of AS retryOf,
  job.created_at AS createdAt, snapshot.sequence, snapshot.occurred_at AS occurredAt, snapshot.state,
  snapshot.total, snapshot.embedded, snapshot.skipped, snapshot.failed, snapshot.rate,
  snapshot.eta_seconds AS etaSeconds, snapshot.started_at AS startedAt, snapshot.finished_at AS finishedAt,
  snapshot.error`;

const eventRow = z.object({
  number: z.int(),
  id: z.string(),
  kind: z.enum(['EMBED', 'INDEX']),
  dataset: z.string(),
  table: z.string(),
  retryOf: z.string().nullable(),
  createdAt: time,
  sequence: z.int(),
  occurredAt: time,
  state: jobState,
  total: z.int(),
  embedded: z.int(),
  skipped: z.int(),
  failed: z.int(),
  rate: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});

export function eventOf(row: unknown): JobEvent {
  const { occurredAt, ...job } = eventRow.parse(row);
  return { cursor: String(job.sequence), occurredAt, job };
}

export function jobOf(row: unknown): EmbeddingJob | null {
  return row === undefined ? null : eventOf(row).job;
}

const indexRequest: z.ZodType<IndexRequest> = z.object({
  type: indexTypeName.nullable(),
  minRecallAt10: z.number().nullable(),
});

const anyWork = {
  space: z.string(),
  retryOf: z.string().nullable(),
  /** Whether it has been counted what had a vector when the job began. */
  counted: flag,
};

/** What a job was asked to do, and how far it came; no client sees it. */
const workRow = z.discriminatedUnion('kind', [
  z.object({
    ...anyWork,
    kind: z.literal('EMBED'),
    selection: json(selection),
    recompute: flag,
    lastView: json(viewKey).nullable(),
  }),
  z.object({ ...anyWork, kind: z.literal('INDEX'), index: json(indexRequest) }),
]);

export type JobWork = z.infer<typeof workRow>;

/** One column holds what a job of either kind is about. */
export const WORK_COLUMNS =
  'kind, space, selection, selection AS "index", recompute, retry_of AS retryOf, counted, last_view AS lastView' as const;

export function workOf(row: unknown): JobWork {
  return workRow.parse(row);
}
