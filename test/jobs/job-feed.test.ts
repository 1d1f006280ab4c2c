import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../src/jobs/embedding-job.ts';
import type { JobChange } from '../../src/jobs/job-record.ts';
import { newOwner } from '../../src/jobs/lease.ts';
import { NEW_JOB, type OpenRecord, openRecord } from './recorded-job.ts';

let here: OpenRecord;
beforeEach(async () => {
  here = await openRecord(newOwner());
});
afterEach(() => here[Symbol.asyncDispose]());

/** A job, and a way to let it go on. */
function begin(table = 'emb') {
  const { id } = here.record.begin({ ...NEW_JOB, table }, 'serve');
  const goOn = (change: JobChange) => {
    here.record.advance(id, [], () => change);
  };
  return { id, goOn, events: here.feed.follow(id) };
}

const told = ({ job }: JobEvent) => `${job.state} ${job.embedded}`;
const seen = (result: IteratorResult<JobEvent, void>) => (result.done ? 'the end' : told(result.value));

describe('who follows a job', () => {
  test('gets it at once as it stands, then as it goes on, and the end with it', async () => {
    const { goOn, events } = begin();
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
    const { goOn, events } = begin();
    expect(seen(await events.next())).toBe('QUEUED 0');
    goOn({ state: 'RUNNING' });
    for (let embedded = 1; embedded <= 100; embedded++) goOn({ embedded });
    goOn({ state: 'SUCCEEDED' });
    const rest = await Array.fromAsync(events);
    expect(rest.map(told)).toEqual(['RUNNING 100', 'SUCCEEDED 100']);
  });

  test('gets cursors that go on where another following ended', async () => {
    const { id, goOn, events } = begin();
    goOn({ state: 'RUNNING', embedded: 10 });
    const { value: last } = await events.next();
    await events.return();
    const again = here.feed.follow(id, { after: last?.cursor });
    const next = again.next();
    goOn({ embedded: 20 });
    expect(seen(await next)).toBe('RUNNING 20');
    await again.return();
  });

  test('after the last snapshot of a job that is done gets the end alone', async () => {
    const { id, goOn } = begin();
    goOn({ state: 'FAILED', error: 'No.' });
    const [last] = await Array.fromAsync(here.feed.follow(id));
    expect(last && told(last)).toBe('FAILED 0');
    expect(await Array.fromAsync(here.feed.follow(id, { after: last?.cursor }))).toEqual([]);
  });

  test.each(['not a cursor', '1000000', '-1', '0x1', ''])(
    'with a cursor of no place in the record (%s) begins anew',
    async (after) => {
      const { id, goOn } = begin();
      goOn({ state: 'FAILED' });
      expect((await Array.fromAsync(here.feed.follow(id, { after }))).map(told)).toEqual(['FAILED 0']);
    },
  );

  test('reconnecting again and again sees every state, in order, and no counter go back', async () => {
    const { id, goOn } = begin();
    const states: string[] = [];
    const counts: number[] = [];
    let after: string | undefined;
    const changes: JobChange[] = [
      { state: 'RUNNING' },
      ...Array.from({ length: 8 }, (_, index) => ({ embedded: index * 10 })),
      { state: 'CANCELLING' },
      { state: 'CANCELLED' },
    ];
    for (const [index, change] of changes.entries()) {
      // Some changes come while nobody follows.
      goOn(change);
      if (index % 2 === 1) continue;
      for await (const event of here.feed.follow(id, { after })) {
        expect(Number(event.cursor)).toBeGreaterThan(Number(after ?? 0));
        after = event.cursor;
        if (states.at(-1) !== event.job.state) states.push(event.job.state);
        counts.push(event.job.embedded);
        if (Number(after) === here.history.sequence()) break;
      }
    }
    expect(states).toEqual(['RUNNING', 'CANCELLING', 'CANCELLED']);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  test('is told apart from others: each has a pace of its own', async () => {
    const { id, goOn, events: fast } = begin();
    const slow = here.feed.follow(id);
    await fast.next();
    await slow.next();
    for (const embedded of [1, 2, 3]) {
      goOn({ state: 'RUNNING', embedded });
      expect(seen(await fast.next())).toBe(`RUNNING ${embedded}`);
    }
    expect(seen(await slow.next())).toBe('RUNNING 3');
  });

  test('is let go of by a signal, while waiting or before', async () => {
    const { id } = begin();
    const stop = new AbortController();
    const events = here.feed.follow(id, { signal: stop.signal });
    await events.next();
    const waiting = events.next();
    stop.abort();
    expect(seen(await waiting)).toBe('the end');
    expect(await Array.fromAsync(here.feed.follow(id, { signal: AbortSignal.abort() }))).toEqual([]);
  });

  test('gets what another process records', async () => {
    await using elsewhere = await openRecord(newOwner(), here.folder);
    const job = elsewhere.record.begin(NEW_JOB, 'embed');
    const events = here.feed.follow(job.id);
    expect(seen(await events.next())).toBe('QUEUED 0');
    const next = events.next();
    elsewhere.record.advance(job.id, [], () => ({ state: 'RUNNING', embedded: 7 }));
    expect(seen(await next)).toBe('RUNNING 7');
    const rest = Array.fromAsync(events);
    elsewhere.record.advance(job.id, [], () => ({ state: 'SUCCEEDED' }));
    expect((await rest).map(told)).toEqual(['SUCCEEDED 7']);
  });

  test('and a hundred others each get every state', async () => {
    const { id, goOn } = begin();
    const following = Array.from({ length: 100 }, () => Array.fromAsync(here.feed.follow(id)));
    goOn({ state: 'RUNNING' });
    goOn({ state: 'SUCCEEDED' });
    for (const events of await Promise.all(following)) {
      expect(events.map(told).slice(-1)).toEqual(['SUCCEEDED 0']);
    }
  });
});

describe('who follows all jobs', () => {
  test('gets those at work as they stand, then each as it goes on, and the new ones', async () => {
    const first = begin('first');
    begin('done').goOn({ state: 'SUCCEEDED' });
    first.goOn({ state: 'RUNNING' });
    const events = here.feed.followAll({});
    const table = async () => {
      const { value } = await events.next();
      return value && `${value.job.table} ${value.job.state}`;
    };
    expect(await table()).toBe('first RUNNING');
    const next = table();
    begin('second');
    expect(await next).toBe('second QUEUED');
    first.goOn({ state: 'SUCCEEDED' });
    expect(await table()).toBe('first SUCCEEDED');
    await events.return();
  });

  test('gets those of one dataset alone, where it is named', async () => {
    const stop = new AbortController();
    const events = Array.fromAsync(here.feed.followAll({ dataset: 'other' }, { signal: stop.signal }));
    begin('first');
    here.record.begin({ ...NEW_JOB, dataset: 'other' }, 'serve');
    await new Promise(setImmediate);
    stop.abort();
    expect((await events).map(({ job }) => job.dataset)).toEqual(['other']);
  });

  test('behind a cursor gets all that came since, of jobs that have ended too', async () => {
    const { goOn } = begin();
    const after = String(here.history.sequence());
    goOn({ state: 'RUNNING' });
    goOn({ state: 'SUCCEEDED' });
    begin('second');
    const events = here.feed.followAll({}, { after });
    const seenNow = [await events.next(), await events.next(), await events.next()].map(seen);
    expect(seenNow).toEqual(['RUNNING 0', 'SUCCEEDED 0', 'QUEUED 0']);
    await events.return();
  });
});
