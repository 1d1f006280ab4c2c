import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ComputeDocument,
  createClient,
  DatasetDocument,
  FollowJobDocument,
  type JobEventFragment,
  type ViewfinderClient,
} from '../../src/client/index.ts';
import { type RunningCommand, run, start } from '../cli/run.ts';
import { type SlowLibrary, slowLibrary } from '../cli/slow-library.ts';

const VIEWS = 200;
const WAYS = ['sse', 'websocket'] as const;

let library: SlowLibrary;
let services: RunningCommand[] = [];
afterEach(async () => {
  for (const { process } of services) process.kill('SIGKILL');
  await Promise.all(services.map(({ outcome }) => outcome));
  services = [];
  await library[Symbol.asyncDispose]();
});

/** The real service as a process of its own, which can be ended and started again at the same address. */
async function service() {
  let running = await serve('0');
  const { url } = running;
  return {
    url,
    async end(signal: NodeJS.Signals) {
      running.command.process.kill(signal);
      await running.command.outcome;
    },
    async again(...flags: string[]) {
      running = await serve(new URL(url).port, ...flags);
    },
  };
}

async function serve(port: string, ...flags: string[]) {
  const command = start(['serve', '--port', port, ...library.flags, ...flags]);
  services.push(command);
  return { command, url: (await command.line()).replace('Viewfinder is ready at ', '') };
}

async function begin(client: ViewfinderClient): Promise<string> {
  const { dataset } = await client.query(DatasetDocument, { by: { folder: 'health_images' } });
  const input = { dataset: dataset?.id ?? '', table: 'emb' };
  const { computeViewEmbeddings: begun } = await client.query(ComputeDocument, { input });
  return begun.__typename === 'ComputeViewEmbeddingsPayload' ? begun.job.id : begun.message;
}

const statesOf = (events: readonly JobEventFragment[]) =>
  events.map(({ job }) => job.state).filter((state, index, all) => state !== all[index - 1]);

/** Each event came once, in its order, and no counter went back. */
function expectInOrder(events: readonly JobEventFragment[]): void {
  for (const [index, { cursor, job }] of events.entries()) {
    const before = events[index - 1];
    if (before === undefined) continue;
    expect(Number(cursor)).toBeGreaterThan(Number(before.cursor));
    expect(job.embedded).toBeGreaterThanOrEqual(before.job.embedded);
  }
}

describe('who follows a job, over server-sent events and over a WebSocket,', () => {
  test('sees all of it, each event once, though the service is killed, stopped and started again', async () => {
    library = await slowLibrary(VIEWS, 150);
    expect((await run([...library.embed, '--limit', '1'])).code).toBe(0);
    const { url, end, again } = await service();
    const client = createClient({ url });
    const id = await begin(client);
    const breaks: string[] = [];
    const onBreak = ({ name }: Error) => breaks.push(name);
    const following = [client, createClient({ url, subscriptions: 'websocket' })].flatMap((each) => [
      Array.fromAsync(each.followJob(id, { onBreak })),
      untilSuccess(each.followJobs({ onBreak })),
    ]);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await delay(1000);
      await end(signal);
      await delay(300);
      await again();
    }
    const seen = await Promise.all(following);
    // What the record has kept: the last snapshot of each state.
    const recorded = await Array.fromAsync(client.follow(FollowJobDocument, { id, after: '0' }));
    for (const events of seen) {
      expectInOrder(events);
      const [first] = events;
      const expected = recorded.filter(({ cursor }) => Number(cursor) >= Number(first?.cursor));
      expect(statesOf(events)).toEqual(statesOf(expected));
      const cursors = events.map(({ cursor }) => cursor);
      expect(cursors).toEqual(expect.arrayContaining(expected.map(({ cursor }) => cursor)));
      expect(statesOf(events).filter((state) => state === 'INTERRUPTED')).toHaveLength(2);
      expect(events.at(-1)?.job).toMatchObject({ state: 'SUCCEEDED', total: VIEWS, embedded: VIEWS - 1, skipped: 1 });
    }
    expect(breaks.length).toBeGreaterThanOrEqual(following.length);
  }, 90_000);

  test('is told of its end where a service that starts again leaves it', async () => {
    library = await slowLibrary(VIEWS, 150);
    expect((await run([...library.embed, '--limit', '1'])).code).toBe(0);
    const { url, end, again } = await service();
    const id = await begin(createClient({ url }));
    const following = WAYS.map((subscriptions) => Array.fromAsync(createClient({ url, subscriptions }).followJob(id)));
    await delay(1000);
    await end('SIGTERM');
    await again('--no-resume');
    for (const events of await Promise.all(following)) {
      expectInOrder(events);
      expect(events.at(-1)?.job.state).toBe('INTERRUPTED');
    }
  }, 90_000);
});

async function untilSuccess(following: AsyncIterable<JobEventFragment>): Promise<JobEventFragment[]> {
  const events: JobEventFragment[] = [];
  for await (const event of following) {
    events.push(event);
    if (event.job.state === 'SUCCEEDED') break;
  }
  return events;
}
