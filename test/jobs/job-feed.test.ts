import { describe, expect, test } from 'vitest';
import type { EmbeddingJob } from '../../src/jobs/embedding-job.ts';
import { type JobEvent, JobFeed } from '../../src/jobs/job-feed.ts';

const queued: EmbeddingJob = {
  id: 'job',
  state: 'QUEUED',
  dataset: 'health_images',
  table: 'emb',
  total: 100,
  embedded: 0,
  skipped: 0,
  failed: 0,
  rate: null,
  etaSeconds: null,
  createdAt: new Date(),
  startedAt: null,
  finishedAt: null,
  error: null,
  failures: [],
  revision: 0,
};

/** A feed, and a way to let its job go on. */
function openFeed() {
  const feed = new JobFeed(queued);
  const goOn = (change: Partial<EmbeddingJob>) =>
    feed.publish({ ...feed.job, ...change, revision: feed.job.revision + 1 });
  return { feed, goOn };
}

const told = ({ job }: JobEvent) => `${job.state} ${job.embedded}`;
const seen = (result: IteratorResult<JobEvent, void>) => (result.done ? 'the end' : told(result.value));

describe('who follows a job', () => {
  test('gets it at once as it stands, then as it goes on, and the end with it', async () => {
    const { feed, goOn } = openFeed();
    const events = feed.follow({});
    expect(seen(await events.next())).toBe('QUEUED 0');
    const next = events.next();
    goOn({ state: 'RUNNING' });
    expect(seen(await next)).toBe('RUNNING 0');
    goOn({ embedded: 50 });
    expect(seen(await events.next())).toBe('RUNNING 50');
    goOn({ state: 'SUCCEEDED', embedded: 100 });
    expect(seen(await events.next())).toBe('SUCCEEDED 100');
    expect(seen(await events.next())).toBe('the end');
  });

  test('slowly, gets the newest of each state, and misses no state', async () => {
    const { feed, goOn } = openFeed();
    const events = feed.follow({});
    expect(seen(await events.next())).toBe('QUEUED 0');
    goOn({ state: 'RUNNING' });
    for (let embedded = 1; embedded <= 100; embedded++) goOn({ embedded });
    goOn({ state: 'SUCCEEDED' });
    const rest = await Array.fromAsync(events);
    expect(rest.map(told)).toEqual(['RUNNING 100', 'SUCCEEDED 100']);
  });

  test('gets cursors that go on where another following ended', async () => {
    const { feed, goOn } = openFeed();
    goOn({ state: 'RUNNING', embedded: 10 });
    const before = feed.follow({});
    const { value: last } = await before.next();
    await before.return();
    const again = feed.follow({ after: last?.cursor });
    const next = again.next();
    goOn({ embedded: 20 });
    expect(seen(await next)).toBe('RUNNING 20');
    await again.return();
  });

  test('after the last snapshot of a job that is done gets the end alone', async () => {
    const { feed, goOn } = openFeed();
    goOn({ state: 'FAILED', error: 'No.' });
    expect((await Array.fromAsync(feed.follow({}))).map(told)).toEqual(['FAILED 0']);
    expect(await Array.fromAsync(feed.follow({ after: '1' }))).toEqual([]);
    expect(await Array.fromAsync(feed.follow({ after: 'not a cursor' }))).toHaveLength(1);
  });

  test('is told apart from others: each has a pace of its own', async () => {
    const { feed, goOn } = openFeed();
    const [fast, slow] = [feed.follow({}), feed.follow({})];
    await fast.next();
    await slow.next();
    for (const embedded of [1, 2, 3]) {
      goOn({ state: 'RUNNING', embedded });
      expect(seen(await fast.next())).toBe(`RUNNING ${embedded}`);
    }
    expect(seen(await slow.next())).toBe('RUNNING 3');
    await fast.return();
    await slow.return();
  });

  test('is let go of by a signal, while waiting or before', async () => {
    const { feed } = openFeed();
    const stop = new AbortController();
    const events = feed.follow({ signal: stop.signal });
    await events.next();
    const waiting = events.next();
    stop.abort();
    expect(seen(await waiting)).toBe('the end');
    expect(await Array.fromAsync(feed.follow({ signal: AbortSignal.abort() }))).toEqual([]);
  });

  test('and goes is forgotten', async () => {
    const { feed, goOn } = openFeed();
    const events = feed.follow({});
    await events.next();
    await events.return();
    goOn({ state: 'RUNNING' });
    expect(seen(await events.next())).toBe('the end');
  });
});
