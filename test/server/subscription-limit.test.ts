import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer('items', { limits: { subscriptions: { client: 3, all: 3 } } });
});
afterAll(() => server[Symbol.asyncDispose]());

const query = 'subscription { embeddingJobs { cursor } }';
const sse = { accept: 'text/event-stream' };

/** Subscribes over server-sent events, as a client that reads nothing. */
async function follow() {
  const left = new AbortController();
  const body = JSON.stringify({ query });
  const headers = { 'content-type': 'application/json', ...sse };
  const response = await fetch(server.url, { method: 'POST', headers, body, signal: left.signal });
  return { response, leave: () => left.abort() };
}

/** Of so many that are asked for at once, how many are refused; the others end. */
async function refusals(count: number): Promise<number> {
  const streams = await Promise.all(Array.from({ length: count }, follow));
  const refused = await Promise.all(
    streams.map(async ({ response }) => {
      // A stream that is open begins with a comment.
      const { value } = (await response.body?.getReader().read()) ?? {};
      return Buffer.from(value ?? []).includes('TOO_MANY_SUBSCRIPTIONS');
    }),
  );
  for (const { leave } of streams) leave();
  return refused.filter(Boolean).length;
}

/** The server hears of a client's leaving a moment later. */
const isRoomFor = (count: number) => vi.waitFor(async () => expect(await refusals(count)).toBe(0), 5_000);

const REFUSED = { extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' }, message: expect.stringContaining('3 subscriptions') };

test('subscriptions are limited over all transports together, and those that end make room', async () => {
  const open = [await follow(), await follow(), await follow()];
  const client = server.webSocket();
  expect(await Array.fromAsync(client.iterate({ query }))).toMatchObject([{ errors: [REFUSED] }]);
  const response = await postJson(server.url, { query }, { accept: 'application/graphql-response+json' });
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ errors: [REFUSED] });
  // Queries are answered all the same.
  expect((await server.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  for (const { leave } of open) leave();
  await isRoomFor(3);
  // One over WebSocket ends with its client's word, and with its connection.
  for (const end of ['return', 'close'] as const) {
    const following = client.iterate({ query });
    const first = following.next();
    await vi.waitFor(async () => expect(await refusals(3)).toBe(1), 5_000);
    if (end === 'return') await following.return?.();
    else await client.dispose();
    expect((await first).done).toBe(true);
    await isRoomFor(3);
  }
});

test('WebSockets are limited, and one that closes makes room', async () => {
  /** What the service answers to so many that ask at once. */
  const statuses = async (count: number) => {
    const sockets = Array.from({ length: count }, () => new WebSocket(server.socketUrl, 'graphql-transport-ws'));
    const answers = sockets.map(async (socket) => {
      const outcome = await Promise.race([
        once(socket, 'open').then(() => 101),
        once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode),
      ]);
      socket.on('error', () => {});
      return outcome;
    });
    const outcomes = await Promise.all(answers);
    for (const socket of sockets) socket.terminate();
    return outcomes.sort();
  };
  for (let round = 0; round < 2; round++) {
    await vi.waitFor(async () => expect(await statuses(4)).toEqual([101, 101, 101, 429]), 5_000);
  }
});
