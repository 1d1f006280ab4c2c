import { ConflictError, NotFoundError } from '../core/errors.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { idOf } from './global-id.ts';
import { EmbeddingJobRef } from './refs.ts';

const CancelPayload = builder.objectRef<{ job: EmbeddingJob }>('CancelEmbeddingJobPayload').implement({
  description: 'The job will end after the batches under way; what they give is stored.',
  fields: (t) => ({
    job: t.field({
      type: EmbeddingJobRef,
      description: 'It is CANCELLING until it is CANCELLED.',
      resolve: (payload) => payload.job,
    }),
  }),
});

builder.mutationField('cancelEmbeddingJob', (t) =>
  t.field({
    type: CancelPayload,
    description: 'Asks a job to end, whichever process runs it.',
    args: { id: t.arg.id({ required: true, description: 'Id of the job.' }) },
    errors: {
      types: [NotFoundError, ConflictError],
      union: { name: 'CancelEmbeddingJobResult', description: 'What came of it.' },
    },
    resolve: (_root, { id }, { jobs }) => ({ job: jobs.cancel(idOf('EmbeddingJob', id)) }),
  }),
);
