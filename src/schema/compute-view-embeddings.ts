import { ConflictError, NotFoundError, PluginError, ValidationError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { ViewSelection } from '../core/view-selection.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { datasetOfId } from './find.ts';
import { idOf, splitId } from './global-id.ts';
import { EmbeddingJobRef } from './refs.ts';

const ComputePayload = builder.objectRef<{ job: EmbeddingJob }>('ComputeViewEmbeddingsPayload').implement({
  description: 'The job has begun.',
  fields: (t) => ({
    job: t.field({
      type: EmbeddingJobRef,
      description: 'Follow it with the subscription `embeddingJob`.',
      resolve: (payload) => payload.job,
    }),
  }),
});

const ViewTableSelection = builder.inputType('ViewTableSelection', {
  description: 'The views of one table.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The table, or in the records layout also a logical view.' }),
    limit: t.int({ description: 'Only the first so many of them.' }),
  }),
});

const ViewSelectionInput = builder.inputType('ViewSelection', {
  description: 'Which views.',
  isOneOf: true,
  fields: (t) => ({
    table: t.field({ type: ViewTableSelection, description: 'Those of one table.' }),
    ids: t.idList({ description: 'These, by the ids of their nodes.' }),
  }),
});

const ComputeInput = builder.inputType('ComputeViewEmbeddingsInput', {
  description: 'What to bring up to date.',
  fields: (t) => ({
    dataset: t.id({ required: true, description: 'Id of the dataset.' }),
    table: t.string({ required: true, description: 'Name of the embedding table.' }),
    views: t.field({
      type: ViewSelectionInput,
      description: 'Omitted or null: every view of every image table of the dataset.',
    }),
    recompute: t.boolean({
      required: true,
      defaultValue: false,
      description: 'False: only views without a vector. True: all of the selection, replacing their vectors.',
    }),
  }),
});

builder.mutationField('computeViewEmbeddings', (t) =>
  t.field({
    type: ComputePayload,
    description: 'Begins a job that embeds the views that have no vector in the table.',
    args: { input: t.arg({ type: ComputeInput, required: true, description: 'What to bring up to date.' }) },
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, PluginError],
      union: { name: 'ComputeViewEmbeddingsResult', description: 'What came of it.' },
    },
    resolve: async (_root, { input }, context) => {
      const dataset = await datasetOfId(context, input.dataset);
      const { table, recompute } = input;
      const selection = input.views == null ? {} : selectionOf(dataset.folder, input.views);
      return { job: await context.jobs.start(dataset, { table, selection, recompute }) };
    },
  }),
);

function selectionOf(folder: string, views: (typeof ViewSelectionInput)['$inferInput']): ViewSelection {
  if (views.ids != null) {
    return views.ids.map((globalId) => {
      const [ofDataset, table, id] = splitId(idOf('View', globalId), 3);
      if (ofDataset === folder) return { table, id };
      throw ValidationError.at('views.ids', `"${shown(globalId)}" is a view of another dataset.`);
    });
  }
  const limit = views.table?.limit ?? undefined;
  if (limit !== undefined && limit < 1) {
    throw ValidationError.at('views.table.limit', `The limit must be at least 1, not ${limit}.`);
  }
  return { table: views.table?.name, limit };
}
