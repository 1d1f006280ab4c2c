import { ConflictError, NotFoundError, PluginError, ValidationError } from '../core/errors.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { datasetIn } from '../jobs/job-work.ts';
import { builder } from './builder.ts';
import { idOf } from './global-id.ts';
import { EmbeddingJobRef } from './refs.ts';

const RetryPayload = builder.objectRef<{ job: EmbeddingJob }>('RetryEmbeddingJobPayload').implement({
  description: 'A new job has begun with what the other left.',
  fields: (t) => ({
    job: t.field({
      type: EmbeddingJobRef,
      description: 'The new job; its `retryOf` is the other.',
      resolve: (payload) => payload.job,
    }),
  }),
});

builder.mutationField('retryEmbeddingJob', (t) =>
  t.field({
    type: RetryPayload,
    description:
      'Begins a new job with what one that has ended left: of one that SUCCEEDED the views that failed, of any other ' +
      'the rest of its selection too.',
    args: { id: t.arg.id({ required: true, description: 'Id of a job that has ended.' }) },
    errors: {
      types: [NotFoundError, ConflictError],
      union: { name: 'RetryEmbeddingJobResult', description: 'What came of it.' },
    },
    resolve: async (_root, { id }, { jobs, library }) => {
      const job = jobs.get(idOf('EmbeddingJob', id));
      if (job === null) throw new NotFoundError(`There is no job "${id}".`);
      const dataset = await datasetIn(library, job.dataset);
      try {
        return { job: await jobs.retry(job.id, dataset) };
      } catch (error) {
        // The union has no other error: the state of the library forbids it.
        if (!(error instanceof PluginError || error instanceof ValidationError)) throw error;
        throw new ConflictError('CONFLICT', error.message, { cause: error, jobId: job.id });
      }
    },
  }),
);
