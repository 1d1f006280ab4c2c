import { on } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Limits } from '../../src/server/limits.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { openModels, type TestModels } from '../library.ts';
import { postJson, startServer, type TestServer } from './running-server.ts';

const SEARCH = 'search(input: { table: "slow", query: { text: "sleep 10000" } }) { nodes { id } }';
const QUERY = `{ dataset(by: { folder: "health_images" }) { ${SEARCH} } }`;

let models: TestModels;
let server: TestServer;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
  server = await serverWithSlowTable({ operationMs: 500 });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

/** A service over a table whose model takes ten seconds for the text of the query. */
async function serverWithSlowTable(limits: Partial<Limits>): Promise<TestServer> {
  const started = await startServer('items', { limits }, models);
  const create = 'mutation ($input: CreateEmbeddingTableInput!) { createEmbeddingTable(input: $input) { __typename } }';
  const dataset = Buffer.from('Dataset:health_images').toString('base64url');
  const table = { name: 'slow', embeddingFunction: 'touchy', options: {} };
  const { data } = await started.ask(create, { input: { dataset, ...table } });
  expect(data).toEqual({ createEmbeddingTable: { __typename: 'CreateEmbeddingTablePayload' } });
  return started;
}

const TIMEOUT = { extensions: { code: 'TIMEOUT' }, message: expect.stringContaining('took longer than 0.5 s') };

/** Queries whose answers had errors, ended ones among them. */
async function endedQueries({ origin }: TestServer): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const match = /^viewfinder_graphql_operation_duration_seconds_count\{type="query",outcome="error"\} (\d+)$/m.exec(
    text,
  );
  return Number(match?.[1] ?? 0);
}

test.each([
  ['application/graphql-response+json', 503],
  ['application/json', 200],
])('a query that takes too long is ended, and a client that accepts %s is told with %i', async (accept, status) => {
  const response = await postJson(server.url, { query: QUERY }, { accept });
  expect(response.status).toBe(status);
  const answer = await response.json();
  expect(answer).toMatchObject({ errors: [TIMEOUT] });
  expect(answer).not.toHaveProperty('data');
});

test('so it is over WebSocket, and the connection stays', async () => {
  const client = server.webSocket();
  const [slow] = await Array.fromAsync(client.iterate({ query: QUERY }));
  expect(slow).toMatchObject({ errors: [TIMEOUT] });
  const [quick] = await Array.fromAsync(client.iterate({ query: '{ __typename }' }));
  expect(quick).toEqual({ data: { __typename: 'Query' } });
  await client.dispose();
});

test('a subscription takes as long as it takes', async () => {
  const events = server.sse().iterate({ query: 'subscription { embeddingJobs { cursor } }' });
  const outcome = await Promise.race([events.next(), new Promise((resolve) => setTimeout(resolve, 800, 'still open'))]);
  expect(outcome).toBe('still open');
  await events.return?.();
});

test.each(['complete', 'close'])(
  'a query over WebSocket whose client does not want it any more (%s) is ended',
  async (how) => {
    await using patient = await serverWithSlowTable({});
    const socket = new WebSocket(patient.socketUrl, 'graphql-transport-ws');
    const messages = on(socket, 'message');
    await new Promise((resolve) => socket.once('open', resolve));
    const send = (message: object) => socket.send(JSON.stringify(message));
    send({ type: 'connection_init' });
    await messages.next();
    send({ id: 'a', type: 'subscribe', payload: { query: QUERY } });
    send({ id: 'b', type: 'subscribe', payload: { query: '{ __typename }' } });
    // What comes after it has been answered: so it has begun.
    expect(String((await messages.next()).value)).toContain('Query');
    expect(await endedQueries(patient)).toBe(0);
    if (how === 'complete') send({ id: 'a', type: 'complete' });
    else socket.close();
    await vi.waitFor(async () => expect(await endedQueries(patient)).toBe(1), 5_000);
    expect(patient.log.filter(({ level }) => level !== 'info')).toEqual([]);
    socket.close();
  },
);

test('nothing of it is in the log', () => {
  expect(server.log.filter(({ level }) => level !== 'info')).toEqual([]);
});
