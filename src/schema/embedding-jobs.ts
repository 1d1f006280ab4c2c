import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { type Connection, endOf, notOfThisList, pageArgs, pageComplexity } from './connection.ts';
import { EmbeddingJobConnection, JobStateEnum } from './embedding-job.ts';
import { idOf, idOrNull } from './global-id.ts';
import { EmbeddingJobRef } from './refs.ts';

builder.queryFields((t) => ({
  embeddingJob: t.field({
    type: EmbeddingJobRef,
    nullable: true,
    description: 'One job, as it stands now; null where this service knows none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the job.' }) },
    resolve: (_root, { id }, { jobs }) => jobs.get(idOrNull('EmbeddingJob', id) ?? ''),
  }),
  embeddingJobs: t.field({
    type: EmbeddingJobConnection,
    description: 'The jobs of this library, newest first, whichever process ran them.',
    args: {
      ...pageArgs(),
      dataset: t.arg.id({ description: 'Only those of this dataset.' }),
      states: t.arg({ type: [JobStateEnum], description: 'Only those in one of these states.' }),
    },
    complexity: pageComplexity(),
    resolve: (_root, { dataset, states, ...args }, context) => {
      const { jobs } = context;
      const filter = {
        dataset: dataset == null ? undefined : idOf('Dataset', dataset),
        states: states ?? undefined,
      };
      const { from, size } = endOf(args, context);
      // The newest come first: what is behind a job was asked for before it.
      const between = { before: numberOf('after', args.after), after: numberOf('before', args.before) };
      const isBackward = from === 'last';
      const found = jobs.list({ ...filter, ...between, from: isBackward ? 'oldest' : 'newest', first: size + 1 });
      const isMore = found.length > size;
      const page = isBackward && isMore ? found.slice(1) : found.slice(0, size);
      return pageOfJobs(page, jobs.count(filter), {
        hasPreviousPage: isBackward ? isMore : between.before !== undefined,
        hasNextPage: isBackward ? between.after !== undefined : isMore,
      });
    },
  }),
}));

/** Its cursors are the jobs' numbers: new jobs come before a page, and never move what is behind it. */
function pageOfJobs(
  page: readonly EmbeddingJob[],
  totalCount: number,
  more: { hasNextPage: boolean; hasPreviousPage: boolean },
): Connection<EmbeddingJob> {
  const edges = page.map((node) => ({ cursor: Buffer.from(`job:${node.number}`).toString('base64url'), node }));
  const startCursor = edges.at(0)?.cursor ?? null;
  return { edges, pageInfo: { ...more, startCursor, endCursor: edges.at(-1)?.cursor ?? null }, totalCount };
}

function numberOf(argument: 'after' | 'before', cursor: string | null | undefined): number | undefined {
  if (cursor == null) return undefined;
  const match = /^job:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw notOfThisList(argument, cursor);
  return Number(match[1]);
}
