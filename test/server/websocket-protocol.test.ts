import { on, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A socket as `ws` has it, which no client library keeps from doing what it should not. */
async function connect(protocols = ['graphql-transport-ws']) {
  const socket = new WebSocket(server.socketUrl, protocols);
  const closed = once(socket, 'close').then(([code, reason]): Closing => ({ code, reason: String(reason) }));
  await once(socket, 'open');
  const messages = on(socket, 'message');
  return {
    socket,
    closed,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    next: async () => JSON.parse(String((await messages.next()).value?.[0])),
  };
}

async function connected() {
  const connection = await connect();
  connection.send({ type: 'connection_init' });
  expect(await connection.next()).toEqual({ type: 'connection_ack' });
  return connection;
}

const SUBSCRIPTION = 'subscription { embeddingJobs { cursor } }';
const subscribe = (id: string, query = SUBSCRIPTION) => ({ id, type: 'subscribe', payload: { query } });

/** What graphql-transport-ws says of each violation: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
describe('a socket is closed', () => {
  test.each<[string, unknown]>([
    ['of no type', {}],
    ['of a type that is unknown', { type: 'start', id: 'a', payload: {} }],
    ['that is null', null],
    ['that is a list', []],
    ['that asks for nothing', { type: 'subscribe', id: 'a' }],
    ['that asks without an id', { type: 'subscribe', payload: { query: '{ __typename }' } }],
    ['that asks with an empty id', subscribe('')],
    ['whose query is no text', { type: 'subscribe', id: 'a', payload: { query: 5 } }],
    ['that completes nothing', { type: 'complete' }],
  ])('with 4400 by a message %s', async (_what, message) => {
    const { closed, send } = await connected();
    send(message);
    expect(await closed).toMatchObject({ code: 4400 });
  });

  test.each<[string, string | Buffer]>([
    ['text that is no JSON', 'hello'],
    ['bytes', Buffer.from([0xff, 0x00, 0x01])],
    ['nothing', ''],
  ])('with 4400 by %s', async (_what, message) => {
    const { closed, socket } = await connected();
    socket.send(message);
    expect(await closed).toMatchObject({ code: 4400, reason: expect.not.stringMatching(/node_modules|\/|\.js/) });
  });

  test('with 4401 by an operation before the handshake', async () => {
    const { closed, send } = await connect();
    send(subscribe('a'));
    expect(await closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  test('with 4406 where it does not say that it speaks the protocol', async () => {
    const { closed } = await connect([]);
    expect(await closed).toMatchObject({ code: 4406 });
  });

  test('with 4408 where the handshake does not come', async () => {
    const { closed } = await connect();
    expect(await closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });

  test('with 4409 by an operation whose id is taken', async () => {
    const { closed, send } = await connected();
    send(subscribe('a'));
    send(subscribe('a'));
    expect(await closed).toEqual({ code: 4409, reason: 'Subscriber for a already exists' });
  });

  test('with 4429 by a second handshake', async () => {
    const { closed, send } = await connected();
    send({ type: 'connection_init' });
    expect(await closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  });

  test('with 1001 by a service that stops', async () => {
    await using other = await startServer();
    const socket = new WebSocket(other.socketUrl, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    const told: string[] = [];
    socket.on('message', (data) => told.push(String(data)));
    const payload = { query: 'subscription { embeddingJobs { cursor } }' };
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', payload }));
    const metrics = async () => (await fetch(new URL('/metrics', other.url))).text();
    await vi.waitFor(async () => expect(await metrics()).toMatch(/^viewfinder_graphql_subscriptions_open 1$/m));
    const closed = once(socket, 'close');
    await other.stop();
    expect((await closed)[0]).toBe(1001);
    // "complete" would say that there is nothing more to come.
    expect(told).toEqual([]);
  });
});

describe('a socket stays open', () => {
  test('and answers a ping with a pong, and what it was sent', async () => {
    const { send, next, socket } = await connected();
    send({ type: 'ping', payload: { a: 1 } });
    expect(await next()).toEqual({ type: 'pong', payload: { a: 1 } });
    send({ type: 'pong' });
    send({ type: 'ping' });
    expect(await next()).toEqual({ type: 'pong' });
    socket.close();
  });

  test('while an id is used again once its operation has ended, by completion or by its client', async () => {
    const { send, next, socket } = await connected();
    for (let round = 0; round < 2; round++) {
      send(subscribe('a', '{ __typename }'));
      expect(await next()).toMatchObject({ id: 'a', type: 'next' });
      expect(await next()).toEqual({ id: 'a', type: 'complete' });
    }
    send(subscribe('b'));
    send({ id: 'b', type: 'complete' });
    send(subscribe('b', '{ nope }'));
    expect(await next()).toMatchObject({ id: 'b', type: 'error' });
    send({ id: 'gone', type: 'complete' });
    send({ type: 'ping' });
    expect(await next()).toEqual({ type: 'pong' });
    socket.close();
  });
});

test('nothing of all this is an error of the service', () => {
  expect(server.log).toEqual([]);
});
