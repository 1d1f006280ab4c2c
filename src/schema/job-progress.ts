import { NotFoundError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { JobEvent } from '../jobs/embedding-job.ts';
import { builder } from './builder.ts';
import { idOf } from './global-id.ts';
import type { Loaders } from './loaders.ts';
import { EmbeddingJobRef } from './refs.ts';

const JobEventRef = builder.objectRef<JobEvent>('EmbeddingJobEvent').implement({
  description: 'A job as it stood at one moment.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Give it as `after`, when the connection broke, to go on.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'The moment.', resolve: (event) => event.occurredAt }),
    job: t.field({ type: EmbeddingJobRef, description: 'The job.', resolve: (event) => event.job }),
  }),
});

/** What one event asked for is not kept for the next. */
function newest(event: JobEvent, loaders: Loaders): JobEvent {
  loaders.forget();
  return event;
}

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
      const job = jobs.get(idOf('EmbeddingJob', id));
      if (job === null) throw new NotFoundError(`There is no job "${shown(id)}".`);
      return endedByReturn((signal) => jobs.follow(job.id, { after: after ?? undefined, signal }));
    },
    resolve: (event, _args, { loaders }) => newest(event, loaders),
  }),
);

builder.subscriptionField('embeddingJobs', (t) =>
  t.field({
    type: JobEventRef,
    description:
      'The jobs that are at work as they stand at once (with `after`: all that is newer), then every job as it goes ' +
      'on; it does not complete.',
    args: {
      dataset: t.arg.id({ description: 'Only the jobs of this dataset.' }),
      after: t.arg.string({ description: 'The cursor of the last event that was seen.' }),
    },
    subscribe: (_root, { dataset, after }, { jobs }) => {
      const filter = { dataset: dataset == null ? undefined : idOf('Dataset', dataset) };
      return endedByReturn((signal) => jobs.followAll(filter, { after: after ?? undefined, signal }));
    },
    resolve: (event, _args, { loaders }) => newest(event, loaders),
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
