import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { JobFeed } from '../../src/jobs/job-feed.ts';
import { openModels, type TestModels } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

const SLOW_PLUGIN = fileURLToPath(new URL('../plugins/fixtures/trouble-plugin.ts', import.meta.url));

let models: TestModels;
let server: TestServer;
beforeAll(async () => {
  models = await openModels([SLOW_PLUGIN]);
  server = await startServer('items', {}, models);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

/** A client of one stream for each operation, the protocol's "distinct connections". */
const client = () => createClient({ url: server.url, singleConnection: false, retryAttempts: 0 });
const all = (query: string, variables: Record<string, unknown> = {}) =>
  Array.fromAsync(client().iterate({ query, variables }));

describe('over server-sent events', () => {
  test('a query gives its one answer and completes', async () => {
    expect(await all('{ __typename }')).toEqual([{ data: { __typename: 'Query' } }]);
  });

  test('a mutation is done', async () => {
    const done = await all('mutation { cancelEmbeddingJob(id: "x") { __typename } }');
    expect(done).toEqual([{ data: { cancelEmbeddingJob: { __typename: 'NotFoundError' } } }]);
  });

  test.each([
    ['a document that is none', '{', 'Syntax Error'],
    ['an operation that does not fit', '{ nope }', 'Cannot query field'],
    ['a subscription to what is not there', 'subscription { embeddingJob(id: "x") { cursor } }', 'is not an id'],
  ])('%s is an error within the stream, which then completes', async (_what, query, message) => {
    expect(await all(query)).toEqual([
      expect.objectContaining({ errors: [expect.objectContaining({ message: expect.stringContaining(message) })] }),
    ]);
  });

  test('a stream tells its type, is not kept, and begins before its first value', async () => {
    const query = 'subscription { embeddingJobs { cursor } }';
    const stopped = new AbortController();
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
      signal: stopped.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const first = await response.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toBe(':\n\n');
    stopped.abort();
  });

  test.each(['POST', 'GET'])('a job is followed to its end, by %s', async (method) => {
    const id = await begin(`followed_${method}`, 0);
    const query = 'subscription ($id: ID!) { embeddingJob(id: $id, after: "0") { job { state } } }';
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
    const response =
      method === 'POST'
        ? await fetch(server.url, { method, headers, body: JSON.stringify({ query, variables: { id } }) })
        : await fetch(`${server.url}?${new URLSearchParams({ query, variables: JSON.stringify({ id }) })}`, {
            headers,
          });
    const text = await response.text();
    const states = Array.from(text.matchAll(/^data: .*"state":"(\w+)"/gm), ([, state]) => state);
    expect([...new Set(states)]).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED']);
    expect(text).toMatch(/event: complete\ndata:\n\n$/);
  });

  test('who goes away ends the work for them', async () => {
    const follow = vi.spyOn(JobFeed.prototype, 'follow');
    const id = await begin('left', 300);
    const gone = client();
    const values = gone.iterate({ query: `subscription { embeddingJob(id: "${id}") { cursor } }` });
    expect(await values.next()).toMatchObject({ done: false });
    gone.dispose();
    await vi.waitFor(() => expect(follow.mock.calls[0]?.[1]?.signal?.aborted).toBe(true));
    follow.mockRestore();
  });

  test('a service that stops breaks each stream off at once, so that its client asks again', async () => {
    await using other = await startServer('items', {}, models);
    const response = await fetch(other.url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { embeddingJobs { cursor } }' }),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    const read = async () => {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) told += part.value;
    };
    const broken = expect(read()).rejects.toThrow('terminated');
    const before = performance.now();
    await other.stop();
    // The time that an answer has which somebody waits for.
    expect(performance.now() - before).toBeLessThan(2_000);
    await broken;
    expect(told).not.toContain('complete');
  });

  test('and one whose request was still coming as it was told to', async () => {
    await using other = await startServer('items', {}, models);
    const body = JSON.stringify({ query: 'subscription { embeddingJobs { cursor } }' });
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json', 'content-length': body.length };
    const asking = request(other.url, { method: 'POST', headers });
    const broken = new Promise<string>((resolve) => {
      asking.on('response', (response) => response.on('error', ({ message }) => resolve(message)).resume());
    });
    asking.write(body.slice(0, 5));
    await vi.waitFor(async () => expect((await fetch(new URL('/healthz', other.url))).status).toBe(200));
    const before = performance.now();
    const stopped = other.stop();
    await delay(50);
    asking.end(body.slice(5));
    await stopped;
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await broken).toBe('aborted');
  });
});

/** Begins a job of two batches that take so many milliseconds each. */
async function begin(table: string, imageMs: number): Promise<string> {
  const at = await server.ask<{ dataset: { id: string } }>('{ dataset(by: { folder: "health_images" }) { id } }');
  const dataset = at.data.dataset.id;
  const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
    `mutation ($create: CreateEmbeddingTableInput!, $compute: ComputeViewEmbeddingsInput!) {
      createEmbeddingTable(input: $create) { __typename }
      computeViewEmbeddings(input: $compute) { ... on ComputeViewEmbeddingsPayload { job { id } } }
    }`,
    {
      create: { dataset, name: table.toLowerCase(), embeddingFunction: 'trouble', options: { imageMs } },
      compute: { dataset, table: table.toLowerCase() },
    },
  );
  return data.computeViewEmbeddings.job.id;
}
