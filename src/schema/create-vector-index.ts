import type { EmbeddingTable } from '../core/embedding-table.ts';
import { ConflictError, NotFoundError, ValidationError } from '../core/errors.ts';
import { DEFAULT_RECALL } from '../core/index/index-standing.ts';
import { DEFAULT_TYPE, INDEX_TYPES, indexType } from '../core/index/index-types.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { datasetOfId } from './find.ts';
import { EmbeddingJobRef, type EmbeddingTableNode, EmbeddingTableRef } from './refs.ts';

const CreateIndexPayload = builder
  .objectRef<{ table: EmbeddingTableNode; job: EmbeddingJob }>('CreateVectorIndexPayload')
  .implement({
    description: 'The job has begun: making an index takes a minute at a million rows, and measuring it some more.',
    fields: (t) => ({
      table: t.field({ type: EmbeddingTableRef, description: 'The table.', resolve: (payload) => payload.table }),
      job: t.field({
        type: EmbeddingJobRef,
        description: 'Follow it with the subscription `embeddingJob`. It is FAILED where the recall stays too low.',
        resolve: (payload) => payload.job,
      }),
    }),
  });

const CreateIndexInput = builder.inputType('CreateVectorIndexInput', {
  description: 'The index to make.',
  fields: (t) => ({
    dataset: t.id({ required: true, description: 'Id of the dataset.' }),
    table: t.string({ required: true, description: 'Name of the embedding table.' }),
    type: t.string({ description: `Omitted or null: ${DEFAULT_TYPE}. There are: ${INDEX_TYPES}.` }),
    minRecallAt10: t.float({
      defaultValue: DEFAULT_RECALL,
      description:
        'The share of the ten nearest vectors that it must find, from 0 to 1; an index whose measured recall stays below ' +
        'is dropped again.',
    }),
  }),
});

builder.mutationField('createVectorIndex', (t) =>
  t.field({
    type: CreateIndexPayload,
    description:
      'Begins a job that makes the vector index of a table, in the place of the one it has, and measures its recall. ' +
      'Tables of 50,000 rows (`indexRows`) get one by themselves when a job ends; smaller ones are searched exactly all the same.',
    args: { input: t.arg({ type: CreateIndexInput, required: true, description: 'The index to make.' }) },
    errors: {
      types: [ValidationError, NotFoundError, ConflictError],
      union: { name: 'CreateVectorIndexResult', description: 'What came of it.' },
    },
    resolve: async (_root, { input }, context) => {
      const minRecallAt10 = input.minRecallAt10 ?? DEFAULT_RECALL;
      if (!(minRecallAt10 >= 0 && minRecallAt10 <= 1)) {
        throw ValidationError.at('minRecallAt10', `A recall is from 0 to 1, and not ${minRecallAt10}.`);
      }
      const type = indexType(input.type ?? DEFAULT_TYPE);
      const dataset = await datasetOfId(context, input.dataset);
      const job = await context.jobs.startIndex(dataset, input.table, { type, minRecallAt10 });
      const table: EmbeddingTable = await dataset.embeddingTable(input.table);
      return { table: { dataset, table }, job };
    },
  }),
);
