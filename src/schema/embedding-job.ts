import type { Dataset } from '../core/dataset.ts';
import type { JobFailure } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { connectionOf, defineConnection, pageArgs, pageComplexity, pageOf } from './connection.ts';
import { DatasetRef, EmbeddingJobRef, ViewRef } from './refs.ts';

const JobKindEnum = builder.enumType('EmbeddingJobKind', {
  description: 'What a job does.',
  values: {
    EMBED: { description: 'Brings a table up to date with the views.' },
    INDEX: { description: 'Makes and measures the vector index of a table.' },
  } as const,
});

export const JobStateEnum = builder.enumType('EmbeddingJobState', {
  description: 'How far a job has come.',
  values: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'It is at work.' },
    CANCELLING: { description: 'It was asked to end and finishes its running batches.' },
    CANCELLED: { description: 'It ended because it was asked to.' },
    INTERRUPTED: { description: 'Its process ended before it did; asking again goes on from there.' },
    SUCCEEDED: { description: 'It ended: every view is embedded or has failed with a reason.' },
    FAILED: { description: 'It could not go on; `error` says why.' },
  } as const,
});

interface FailureNode {
  readonly dataset: Dataset | null;
  readonly failure: JobFailure;
}

const FailureRef = builder.objectRef<FailureNode>('EmbeddingFailure').implement({
  description: 'One view that could not be embedded; the job goes on without it.',
  fields: (t) => ({
    viewTable: t.string({ description: 'Table of the view.', resolve: ({ failure }) => failure.view.table }),
    viewId: t.string({ description: "Pixano's own id of the view.", resolve: ({ failure }) => failure.view.id }),
    view: t.field({
      type: ViewRef,
      nullable: true,
      description: 'The view; null where it is gone.',
      resolve: async ({ dataset, failure }, _args, { loaders }) => {
        const view = dataset === null ? null : await loaders.view(dataset, failure.view);
        return dataset === null || view === null ? null : { dataset, view };
      },
    }),
    code: t.string({
      description:
        'MEDIA_MISSING, MEDIA_UNREADABLE, MEDIA_TOO_LARGE, MEDIA_UNSUPPORTED, MEDIA_FORBIDDEN, MEDIA_UNREACHABLE, MODEL_REFUSED.',
      resolve: ({ failure }) => failure.code,
    }),
    message: t.string({
      description: 'A sentence for a person.',
      resolve: ({ failure }, _args, { publicText }) => publicText.of(failure.message),
    }),
    occurredAt: t.field({ type: 'DateTime', description: 'When.', resolve: ({ failure }) => failure.occurredAt }),
  }),
});

const FailureConnection = defineConnection('EmbeddingFailure', FailureRef);

builder.node(EmbeddingJobRef, {
  description: 'Work on an embedding table. total = embedded + skipped + failed + still to do, at every moment.',
  id: { resolve: (job) => job.id },
  loadOne: (id, { jobs }) => jobs.get(id),
  fields: (t) => ({
    kind: t.field({ type: JobKindEnum, description: 'What it does.', resolve: (job) => job.kind }),
    state: t.field({ type: JobStateEnum, description: 'How far it has come.', resolve: (job) => job.state }),
    dataset: t.field({
      type: DatasetRef,
      nullable: true,
      description: 'The dataset whose views it embeds; null where that is gone.',
      resolve: (job, _args, { library, loaders }) => loaders.dataset(library, job.dataset),
    }),
    table: t.exposeString('table', { description: 'The embedding table.' }),
    retryOf: t.field({
      type: EmbeddingJobRef,
      nullable: true,
      description: 'The job that this one tries again; null where it tries none, or that is forgotten.',
      resolve: (job, _args, { jobs }) => (job.retryOf === null ? null : jobs.get(job.retryOf)),
    }),
    total: t.exposeInt('total', {
      description: 'Views that were selected; in a job of the kind INDEX, rows of the table.',
    }),
    embedded: t.exposeInt('embedded', {
      description:
        'Vectors that it has written: a crash loses none of these. In a job of the kind INDEX, as large a share of the ' +
        'rows as of its work is done: 3 tenths when the index is made, all when its recall is measured.',
    }),
    skipped: t.exposeInt('skipped', { description: 'Had a vector when the job began.' }),
    failed: t.exposeInt('failed', { description: 'Could not be embedded; `failures` says why.' }),
    rate: t.exposeFloat('rate', {
      nullable: true,
      description: 'Views, or rows, a second, over the last seconds of work.',
    }),
    etaSeconds: t.exposeFloat('etaSeconds', { nullable: true, description: 'Seconds it will take at that rate.' }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was asked for.', resolve: (job) => job.createdAt }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its work began.',
      resolve: (job) => job.startedAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (job) => job.finishedAt,
    }),
    error: t.string({
      nullable: true,
      description: 'Why a FAILED job failed.',
      resolve: ({ error }, _args, { publicText }) => (error === null ? null : publicText.of(error)),
    }),
    failures: t.field({
      type: FailureConnection,
      description: 'The views that could not be embedded, in the order in which they came.',
      args: pageArgs(),
      complexity: pageComplexity(),
      resolve: async (job, args, context) => {
        const { library, loaders, jobs } = context;
        const dataset = await loaders.dataset(library, job.dataset);
        const total = jobs.failureCount(job.id);
        const page = pageOf(args, total, context);
        const failures = jobs.failures(job.id, page);
        return connectionOf(
          failures.map((failure) => ({ dataset, failure })),
          page,
          total,
        );
      },
    }),
  }),
});

export const EmbeddingJobConnection = defineConnection('EmbeddingJob', EmbeddingJobRef);
