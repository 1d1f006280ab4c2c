import { on } from 'node:events';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

/** One connection, after the protocol's handshake. */
async function connect() {
  const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  const send = (message: object) => socket.send(JSON.stringify(message));
  const messages = on(socket, 'message');
  const next = async (): Promise<Message> => JSON.parse(String((await messages.next()).value?.[0]));
  send({ type: 'connection_init' });
  expect(await next()).toEqual({ type: 'connection_ack' });
  return { socket, closed, send, next };
}

type Connection = Awaited<ReturnType<typeof connect>>;

/** The first answer to an operation. */
async function ask({ send, next }: Connection, query: string, variables: object = {}): Promise<Message> {
  send({ id: 'a', type: 'subscribe', payload: { query, variables } });
  const message = await next();
  if (message.type === 'next') expect(await next()).toEqual({ id: 'a', type: 'complete' });
  return message;
}

describe('over WebSocket', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await connect();
  });
  afterAll(() => connection.socket.close());

  test('queries and mutations are answered', async () => {
    expect(await ask(connection, '{ __typename }')).toMatchObject({ payload: { data: { __typename: 'Query' } } });
    expect(await ask(connection, 'mutation { __typename }')).toMatchObject({
      payload: { data: { __typename: 'Mutation' } },
    });
  });

  test.each([
    ['a syntax error', '{', 'Syntax Error'],
    ['a field that is unknown', '{ nope }', 'Cannot query field'],
    ['an operation that cannot be told from another', 'query A { __typename } query B { __typename }', 'operation'],
  ])('%s ends its operation, and not the connection', async (_what, query, message) => {
    expect(await ask(connection, query)).toMatchObject({
      id: 'a',
      type: 'error',
      payload: [{ message: expect.stringContaining(message) }],
    });
    expect(await ask(connection, '{ __typename }')).toMatchObject({ type: 'next' });
  });

  test.each<[string, string, string]>([
    ['an operation that asks for too much', `{ ${'a: __typename '.repeat(51)} }`, 'LIMIT_EXCEEDED'],
    ['a field that is unknown', '{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', '{', 'GRAPHQL_PARSE_FAILED'],
    ['no operation', 'fragment A on Query { __typename }', ''],
    ['a variable that is missing', 'query ($id: ID!) { node(id: $id) { id } }', ''],
    ['a node beyond the limit of variables', 'query ($id: ID!) { node(id: $id) { id } }', 'LIMIT_EXCEEDED'],
  ])('%s is refused without what is meant for HTTP', async (what, query, code) => {
    const variables = what.includes('variables') ? { id: 'x', many: Array(20_001).fill(1) } : {};
    const text = JSON.stringify(await ask(connection, query, variables));
    expect(text).toContain('"message"');
    expect(text).toContain(code);
    expect(text).not.toContain('"http"');
  });

  test('an error of ours has its code, and one that nobody foresaw tells nothing', async () => {
    expect(
      await ask(connection, '{ dataset(by: { folder: "health_images" }) { items(last: 501) { totalCount } } }'),
    ).toMatchObject({ payload: { errors: [{ extensions: { code: 'INVALID_INPUT', issues: [{ path: ['last'] }] } }] } });
    await rm(server.copy.path, { recursive: true });
    const answer = await ask(connection, '{ library { datasets { totalCount } } }');
    expect(answer).toMatchObject({
      payload: { errors: [{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
    });
    expect(JSON.stringify(answer)).not.toContain(server.copy.path);
    expect(server.log.at(-1)).toMatchObject({ level: 'error' });
  });
});

describe('a connection is closed', () => {
  test('by a message that is too large', async () => {
    const { closed, socket } = await connect();
    socket.on('error', () => {});
    socket.send('x'.repeat(2_200_000));
    expect(await closed).toBe(1009);
  });

  test('by a message that is none', async () => {
    const { closed, socket } = await connect();
    socket.send('hello');
    expect(await closed).toBe(4400);
  });

  test('by an operation before the handshake', async () => {
    const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: '{ __typename }' } }));
    expect(await closed).toBe(4401);
  });

  test('when the handshake does not come', async () => {
    const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4408);
  });
});
