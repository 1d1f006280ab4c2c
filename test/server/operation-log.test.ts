import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
let before: number;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  before = server.operations.length;
});

const lines = () => server.operations.slice(before).map(({ fields, message }) => ({ ...fields, message }));
const TIME = expect.any(Number);

test('a query leaves a line with its name, type, time and outcome, and nothing of what it asked for', async () => {
  await server.ask('query Find($text: String!) { dataset(by: { folder: $text }) { id } }', { text: 'a secret place' });
  expect(lines()).toEqual([
    {
      operation: 'Find',
      type: 'query',
      transport: 'http',
      durationMs: TIME,
      outcome: 'ok',
      message: 'An operation has ended.',
    },
  ]);
  expect(JSON.stringify([server.log, server.operations])).not.toMatch(/secret place|folder/);
});

test('one over WebSocket, without a name, says so', async () => {
  const socket = server.webSocket();
  for await (const _answer of socket.iterate({ query: '{ library { name } }' }));
  await socket.dispose();
  expect(lines()).toMatchObject([{ operation: null, type: 'query', transport: 'websocket', outcome: 'ok' }]);
});

test('what is refused over WebSocket leaves its line each time', async () => {
  const socket = server.webSocket();
  for (const payload of [{ query: '{' }, { query: '{' }, { query: '{ __typename }', operationName: 'X' }]) {
    await expect(Array.fromAsync(socket.iterate(payload))).rejects.toBeTruthy();
  }
  await socket.dispose();
  expect(lines()).toMatchObject([
    { transport: 'websocket', outcome: 'refused', codes: ['GRAPHQL_PARSE_FAILED'] },
    { transport: 'websocket', outcome: 'refused', codes: ['GRAPHQL_PARSE_FAILED'] },
    { transport: 'websocket', outcome: 'refused', codes: ['OPERATION_RESOLUTION_FAILURE'] },
  ]);
});

test('a mutation by GET is refused, and leaves a line', async () => {
  await (await fetch(`${server.url}?query=${encodeURIComponent('mutation { __typename }')}`)).text();
  await vi.waitFor(() => expect(lines()).toMatchObject([{ outcome: 'refused', codes: ['HTTP_405'] }]));
});

test('of several operations, that which was asked for is told of', async () => {
  const query = 'query One { library { name } } mutation Two { cancelEmbeddingJob(id: "x") { __typename } }';
  await postJson(server.url, { query, operationName: 'Two' });
  expect(lines()).toMatchObject([{ operation: 'Two', type: 'mutation', outcome: 'ok' }]);
});

test('an error is told by its code', async () => {
  await server.ask('query Bad { dataset(by: { folder: "health_images" }) { items(first: 501) { totalCount } } }');
  expect(lines()).toMatchObject([{ operation: 'Bad', outcome: 'INVALID_INPUT' }]);
});

test.each<[string, object, RequestInit, object]>([
  ['no document', { query: '{' }, {}, { operation: null, type: 'unknown', codes: ['GRAPHQL_PARSE_FAILED'] }],
  ['the same once more', { query: '{' }, {}, { operation: null, codes: ['GRAPHQL_PARSE_FAILED'] }],
  ['no operation of that name', { query: '{ __typename }', operationName: 'X' }, {}, {}],
  ['an unknown field', { query: 'query Odd { nothing }' }, {}, { operation: 'Odd', type: 'query' }],
  ['no JSON', {}, { body: '{' }, { operation: null, type: 'unknown', codes: ['HTTP_400'] }],
  [
    'a form of a foreign page',
    {},
    { body: 'query=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { operation: null, codes: ['HTTP_403'] },
  ],
])('%s is refused', async (_what, body, init, line) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(body), ...init });
  await response.text();
  await vi.waitFor(() => expect(lines()).toMatchObject([{ ...line, outcome: 'refused' }]));
});

test.each(['sse', 'webSocket'] as const)(
  'a subscription over %s is told of when it begins and when it ends',
  async (kind) => {
    const open = async () => {
      const text = await (await fetch(`${server.origin}/metrics`)).text();
      return /^viewfinder_graphql_subscriptions_open (\d+)$/m.exec(text)?.[1];
    };
    const client = server[kind]();
    const events = client.iterate({ query: 'subscription Watch { embeddingJobs { cursor } }' });
    const next = events.next();
    await vi.waitFor(() => expect(lines()).toHaveLength(1));
    expect(lines()[0]).toMatchObject({
      operation: 'Watch',
      type: 'subscription',
      message: 'A subscription has begun.',
    });
    expect(await open()).toBe('1');
    await events.return?.();
    await client.dispose();
    await next.catch(() => {});
    await vi.waitFor(() => expect(lines()).toHaveLength(2));
    expect(lines()[1]).toMatchObject({ operation: 'Watch', type: 'subscription', outcome: 'ok', durationMs: TIME });
    expect(await open()).toBe('0');
  },
);
