import { NotFoundError } from '../core/errors.ts';
import type { JobEvent } from '../jobs/job-feed.ts';
import { builder } from './builder.ts';
import { idOf, idOrNull } from './global-id.ts';
import { EmbeddingJobRef } from './refs.ts';

const JobEventRef = builder.objectRef<JobEvent>('EmbeddingJobEvent').implement({
  description: 'A job as it stood at one moment.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Give it as `after`, when the connection broke, to go on.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'The moment.', resolve: (event) => event.occurredAt }),
    job: t.field({ type: EmbeddingJobRef, description: 'The job.', resolve: (event) => event.job }),
  }),
});

builder.queryField('embeddingJob', (t) =>
  t.field({
    type: EmbeddingJobRef,
    nullable: true,
    description: 'One job, as it stands now; null where this service knows none of that id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the job.' }) },
    resolve: (_root, { id }, { jobs }) => jobs.get(idOrNull('EmbeddingJob', id) ?? ''),
  }),
);

builder.subscriptionField('embeddingJob', (t) =>
  t.field({
    type: JobEventRef,
    description:
      'The job as it stands at once (with `after`: only if it is newer), then snapshots as it goes on, conflated, ' +
      'every change of state among them; then it completes.',
    args: {
      id: t.arg.id({ required: true, description: 'Id of the job.' }),
      after: t.arg.string({ description: 'The cursor of the last event that was seen.' }),
    },
    subscribe: (_root, { id, after }, { jobs }) => {
      const feed = jobs.feed(idOf('EmbeddingJob', id));
      if (feed === null) throw new NotFoundError(`There is no job "${id}".`);
      return endedByReturn((signal) => feed.follow({ after: after ?? undefined, signal }));
    },
    resolve: (event) => event,
  }),
);

/** A generator that waits for an event hears of its consumer's leaving through the signal alone. */
function endedByReturn<Event>(start: (signal: AbortSignal) => AsyncGenerator<Event>): AsyncIterableIterator<Event> {
  const left = new AbortController();
  const events = start(left.signal);
  const iterator: AsyncIterableIterator<Event> = {
    next: () => events.next(),
    return: async () => {
      left.abort();
      return events.return(undefined);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
