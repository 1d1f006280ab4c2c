import type { Dataset } from '../core/dataset.ts';
import { ConflictError, NotFoundError } from '../core/errors.ts';
import { builder } from './builder.ts';
import { datasetOfId } from './find.ts';
import { DatasetRef } from './refs.ts';

const DropPayload = builder.objectRef<{ dataset: Dataset }>('DropEmbeddingTablePayload').implement({
  description: 'The table and its vectors are gone.',
  fields: (t) => ({
    dataset: t.field({ type: DatasetRef, description: 'The dataset that had it.', resolve: ({ dataset }) => dataset }),
  }),
});

builder.mutationField('dropEmbeddingTable', (t) =>
  t.field({
    type: DropPayload,
    description: "Takes an embedding table away, from disk and from Pixano's files. There is no way back.",
    args: {
      dataset: t.arg.id({ required: true, description: 'Id of the dataset.' }),
      table: t.arg.string({ required: true, description: 'Name of the embedding table.' }),
    },
    errors: {
      types: [NotFoundError, ConflictError],
      union: { name: 'DropEmbeddingTableResult', description: 'What came of it.' },
    },
    resolve: async (_root, { dataset: id, table }, context) => {
      const dataset = await datasetOfId(context, id);
      const running = context.jobs.runningOn(dataset, table);
      if (running !== null) {
        throw new ConflictError('JOB_RUNNING', `A job is computing the table "${table}": cancel it first.`, {
          jobId: running.id,
        });
      }
      await dataset.dropTable(table);
      // Its layout has changed on disk: the dataset is opened anew.
      return { dataset: await datasetOfId(context, id) };
    },
  }),
);
