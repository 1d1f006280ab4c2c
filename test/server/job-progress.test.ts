import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { JobFeed } from '../../src/jobs/job-feed.ts';
import { addViews } from '../core/more-views.ts';
import { openDataset, openModels, type TestModels } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

interface Progress {
  readonly embeddingJob: {
    readonly cursor: string;
    readonly job: { readonly state: string; readonly embedded: number };
  };
}
interface Result {
  readonly data?: Progress | null | undefined;
  readonly errors?: readonly { readonly message: string }[] | undefined;
}

interface AllProgress {
  readonly embeddingJobs: { readonly job: { readonly id: string; readonly state: string; readonly embedded: number } };
}

const SLOW_PLUGIN = fileURLToPath(new URL('../plugins/fixtures/trouble-plugin.ts', import.meta.url));
const PROGRESS =
  'subscription ($id: ID!, $after: String) { embeddingJob(id: $id, after: $after) { cursor job { state embedded } } }';

let models: TestModels;
let server: TestServer;
let dataset: string;
let tables = 0;

beforeAll(async () => {
  models = await openModels([SLOW_PLUGIN]);
});
afterAll(() => models[Symbol.asyncDispose]());

beforeEach(async () => {
  server = await startServer('items', {}, models);
  const { data } = await server.ask<{ dataset: { id: string } }>('{ dataset(by: { folder: "health_images" }) { id } }');
  dataset = data.dataset.id;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server[Symbol.asyncDispose]();
});

/** Begins a job of two batches that take so many milliseconds each. */
async function begin(imageMs: number): Promise<string> {
  tables += 1;
  const name = `slow${tables}`;
  const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
    `mutation ($create: CreateEmbeddingTableInput!, $compute: ComputeViewEmbeddingsInput!) {
      createEmbeddingTable(input: $create) { __typename }
      computeViewEmbeddings(input: $compute) { ... on ComputeViewEmbeddingsPayload { job { id } } }
    }`,
    {
      create: { dataset, name, embeddingFunction: 'trouble', options: { imageMs } },
      compute: { dataset, table: name },
    },
  );
  return data.computeViewEmbeddings.job.id;
}

async function stateOf(id: string): Promise<string> {
  const { data } = await server.ask<{ embeddingJob: { state: string } }>(
    'query ($id: ID!) { embeddingJob(id: $id) { state } }',
    { id },
  );
  return data.embeddingJob.state;
}

const succeeded = (id: string) => vi.waitFor(async () => expect(await stateOf(id)).toBe('SUCCEEDED'), 10_000);

describe.each(['sse', 'webSocket'] as const)('a subscription to a job, over %s,', (transport) => {
  function subscribe(id: string, after?: string): AsyncIterableIterator<Result> {
    return server[transport]().iterate<Progress>({ query: PROGRESS, variables: { id, after } });
  }

  test('tells each state in order, and ends', async () => {
    const events = await Array.fromAsync(subscribe(await begin(50)));
    const states = events.map(({ data }) => data?.embeddingJob.job.state);
    expect([...new Set(states)].slice(-2)).toEqual(['RUNNING', 'SUCCEEDED']);
    const cursors = events.map(({ data }) => data?.embeddingJob.cursor);
    expect(new Set(cursors).size).toBe(cursors.length);
  });

  test('that comes late gives the finished job at once', async () => {
    const id = await begin(0);
    await succeeded(id);
    const events = await Array.fromAsync(subscribe(id));
    expect(events).toMatchObject([{ data: { embeddingJob: { job: { state: 'SUCCEEDED', embedded: 12 } } } }]);
  });

  test('goes on behind the cursor that it is given, or ends where nothing follows', async () => {
    const id = await begin(0);
    await succeeded(id);
    const [last] = await Array.fromAsync(subscribe(id));
    const cursor = last?.data?.embeddingJob.cursor ?? '';
    expect(await Array.fromAsync(subscribe(id, cursor))).toEqual([]);
    const states = (await Array.fromAsync(subscribe(id, '0'))).map(({ data }) => data?.embeddingJob.job.state);
    expect(states).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
  });

  test('that breaks ten times sees every state, and no counter go back', async () => {
    await addViews(
      await openDataset(server.copy),
      Array.from({ length: 100 }, (_, index) => ({ id: `more-${index}` })),
    );
    const id = await begin(200);
    const states = new Set<string>();
    let connections = 0;
    let [cursor, embedded] = [-1, 0];
    while (!states.has('SUCCEEDED')) {
      connections += 1;
      const events = subscribe(id, cursor < 0 ? undefined : String(cursor));
      const cut = setTimeout(() => events.return?.(), 100);
      for await (const { data } of events) {
        const event = data?.embeddingJob;
        expect(Number(event?.cursor)).toBeGreaterThan(cursor);
        expect(event?.job.embedded).toBeGreaterThanOrEqual(embedded);
        cursor = Number(event?.cursor);
        embedded = event?.job.embedded ?? 0;
        states.add(event?.job.state ?? '');
      }
      clearTimeout(cut);
    }
    expect(connections).toBeGreaterThanOrEqual(10);
    expect([...states].slice(-2)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(embedded).toBe(112);
  });

  test('to all jobs tells of each, of one dataset where it is named, and does not end', async () => {
    const query = 'subscription ($of: ID) { embeddingJobs(dataset: $of) { job { id state embedded } } }';
    const iterate = (of?: string) => server[transport]().iterate<AllProgress>({ query, variables: { of } });
    const [all, here, elsewhere] = [
      iterate(),
      iterate(dataset),
      iterate(Buffer.from('Dataset:no').toString('base64url')),
    ];
    const first = [all.next(), here.next(), elsewhere.next()] as const;
    const ids = [await begin(50), await begin(0)];
    for (const [events, next] of [
      [all, first[0]],
      [here, first[1]],
    ] as const) {
      const ended = new Set<string>();
      let { value } = await next;
      for (;;) {
        const job = value?.data?.embeddingJobs.job;
        if (job?.state === 'SUCCEEDED') ended.add(job.id);
        if (ended.size === ids.length) break;
        ({ value } = await events.next());
      }
      expect([...ended].sort()).toEqual(ids.sort());
      await events.return?.();
    }
    await elsewhere.return?.();
    expect(await first[2]).toMatchObject({ done: true });
  });

  test('to a job that is unknown is an error', async () => {
    for (const id of ['nonsense', Buffer.from('EmbeddingJob:gone').toString('base64url')]) {
      const [result] = await Array.fromAsync(subscribe(id));
      expect(result?.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    }
  });

  test('may be left early: the feed is let go of, and the job goes on', async () => {
    const follow = vi.spyOn(JobFeed.prototype, 'follow');
    const id = await begin(400);
    for await (const { data } of subscribe(id)) {
      expect(data?.embeddingJob.job.state).not.toBe('SUCCEEDED');
      break;
    }
    const [[, options] = []] = follow.mock.calls;
    await vi.waitFor(() => expect(options?.signal?.aborted).toBe(true));
    expect(await follow.mock.results[0]?.value.next()).toMatchObject({ done: true });
    expect(await stateOf(id)).toBe('RUNNING');
    await succeeded(id);
  });
});
