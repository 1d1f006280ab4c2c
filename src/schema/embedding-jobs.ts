import { ValidationError } from '../core/errors.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { type Connection, DEFAULT_PAGE, forwardArgs, pageComplexity, sizeOf } from './connection.ts';
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
      ...forwardArgs(),
      dataset: t.arg.id({ description: 'Only those of this dataset.' }),
      states: t.arg({ type: [JobStateEnum], description: 'Only those in one of these states.' }),
    },
    complexity: pageComplexity(),
    resolve: (_root, { first, after, dataset, states }, { jobs }) => {
      const filter = {
        dataset: dataset == null ? undefined : idOf('Dataset', dataset),
        states: states ?? undefined,
      };
      const size = sizeOf('first', first ?? DEFAULT_PAGE);
      const before = after == null ? undefined : numberOf(after);
      const found = jobs.list({ ...filter, first: size + 1, before });
      return pageOfJobs(found.slice(0, size), jobs.count(filter), {
        hasNextPage: found.length > size,
        hasPreviousPage: before !== undefined,
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

function numberOf(cursor: string): number {
  const match = /^job:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw ValidationError.at('after', `"${cursor}" is not a cursor of this list.`);
  return Number(match[1]);
}
