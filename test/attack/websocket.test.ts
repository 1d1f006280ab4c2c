import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { expectHarmless } from './harmless.ts';
import { startTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());
afterEach(() => target.expectUnharmed());

const INIT = '{"type":"connection_init"}';
const subscribe = (id: string, query: string, more = {}) =>
  JSON.stringify({ id, type: 'subscribe', payload: { query, ...more } });

/** Sends messages once they may come; what comes back until the socket is closed, or silent for a while. */
async function exchange(
  messages: readonly (string | Uint8Array)[],
  { protocol = 'graphql-transport-ws', silentMs = 200, greet = true } = {},
) {
  const socket = new WebSocket(target.socketUrl, protocol === '' ? [] : protocol);
  const received: string[] = [];
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let timer: NodeJS.Timeout | undefined;
  const silent = () => {
    clearTimeout(timer);
    timer = setTimeout(resolve, silentMs, null);
  };
  const sendAll = () => {
    for (const message of messages) socket.send(message);
  };
  socket.on('message', (data) => {
    if (greet && received.length === 0) sendAll();
    received.push(String(data));
    silent();
  });
  socket.on('error', () => {});
  socket.on('close', (code) => resolve(code));
  socket.on('open', () => {
    silent();
    if (greet) socket.send(INIT);
    else sendAll();
  });
  const code = await promise;
  clearTimeout(timer);
  socket.terminate();
  const text = received.join('\n');
  expectHarmless(text, [target.copy.temporary]);
  return { code, received, text };
}

describe('a message that is', () => {
  test.each<[string, string | Uint8Array]>([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['bytes', randomBytes(1_000)],
    ['a megabyte of bytes', randomBytes(1_000_000)],
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a list of messages', `[${INIT}]`],
    ['of no type', '{}'],
    ['of an unknown type', '{"type":"start","id":"1","payload":{"query":"{ __typename }"}}'],
    ['of a type that is no text', '{"type":{"toString":1}}'],
    ['of the type of a prototype', '{"type":"constructor"}'],
    ['an operation without an id', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['an operation whose id is a number', '{"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['an operation whose id is nothing', subscribe('', '{ __typename }')],
    ['an operation without a query', '{"id":"1","type":"subscribe","payload":{}}'],
    ['an operation without a payload', '{"id":"1","type":"subscribe"}'],
    ['an operation whose query is an object', '{"id":"1","type":"subscribe","payload":{"query":{"kind":"Document"}}}'],
    [
      'an operation whose variables are a list',
      '{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":[]}}',
    ],
    [
      'an operation whose name is an object',
      '{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","operationName":{}}}',
    ],
    ['an answer', '{"id":"1","type":"next","payload":{"data":{}}}'],
    ['an acknowledgement', '{"type":"connection_ack"}'],
    ['a second greeting', INIT],
    ['nested', `{"type":"ping","payload":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['nested and no JSON', '['.repeat(1_000_000)],
    ['of the prototype', '{"type":"ping","__proto__":{"id":"x"},"payload":{"__proto__":{"polluted":true}}}'],
  ])('%s closes its connection at most', async (_what, message) => {
    for (const greet of [false, true]) {
      const { code } = await exchange([message, message], { greet });
      // Those of WebSocket itself and of the protocol; the last is for what no client sends.
      if (code !== null)
        expect(code < 4000 ? [1003, 1007, 1009] : [4400, 4401, 4408, 4409, 4429, 4500]).toContain(code);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('an operation', () => {
  test('with variables that no limit lets through is refused', async () => {
    const deep = `${'{"not":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const query =
      'query ($filter: Filter) { dataset(by: { folder: "health_images" }) { items(filter: $filter) { totalCount } } }';
    const { received } = await exchange(
      [`{"id":"a","type":"subscribe","payload":{"query":${JSON.stringify(query)},"variables":{"filter":${deep}}}}`],
      { silentMs: 2_000 },
    );
    expect(received.join()).toMatch(/error/);
  });

  test('before the greeting, or after an id that is in use, closes its connection', async () => {
    expect((await exchange([subscribe('a', '{ __typename }')], { greet: false })).code).toBe(4401);
    const follow = subscribe('a', 'subscription { embeddingJobs { cursor } }');
    expect((await exchange([follow, follow])).code).toBe(4409);
  });

  test('with an id of a megabyte is answered by it', async () => {
    const id = 'x'.repeat(1_000_000);
    const { received } = await exchange([subscribe(id, '{ __typename }')], { silentMs: 1_000 });
    if (received.length > 1) expect(JSON.parse(received[1] ?? '')).toMatchObject({ id, type: 'next' });
  });

  test('of which thousands come at once are all answered, or the connection is closed', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => subscribe(`${index}`, '{ __typename }'));
    const { received, code } = await exchange([...many], { silentMs: 3_000 });
    if (code === null) expect(new Set(received.map((each) => JSON.parse(each).id)).size).toBe(2_001);
  });

  test('that is begun and ended thousands of times leaves nothing behind', async () => {
    const messages = Array.from({ length: 2_000 }, (_, index) => [
      subscribe(`${index}`, 'subscription { embeddingJobs { cursor } }'),
      JSON.stringify({ id: `${index}`, type: 'complete' }),
    ]).flat();
    const { received } = await exchange([...messages, subscribe('last', '{ __typename }')], { silentMs: 3_000 });
    expect(received.at(-1)).toContain('"last"');
  });

  test('that is ended though it was never begun does no harm', async () => {
    const messages = Array.from({ length: 1_000 }, (_, index) => JSON.stringify({ id: `${index}`, type: 'complete' }));
    const { received } = await exchange([...messages, subscribe('last', '{ __typename }')]);
    expect(received.at(-1)).toContain('"last"');
  });

  test('is not asked for by its own name of a prototype', async () => {
    for (const id of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const { received } = await exchange([subscribe(id, '{ __typename }')]);
      expect(received.join()).toContain(`"id":"${id}"`);
    }
  });
});

describe('a socket', () => {
  test.each(['', 'graphql-ws', 'graphql-transport-ws2', 'chat'])(
    'of the protocol "%s" is closed, or never opened',
    async (protocol) => {
      const { code } = await exchange([subscribe('a', '{ __typename }')], { protocol });
      expect(code).not.toBeNull();
      expect([1006, 4406]).toContain(code);
    },
  );

  const frame = (first: number, second: number, rest: Uint8Array = new Uint8Array()) =>
    Buffer.concat([Buffer.from([first, second]), rest]);

  test.each([
    ['half a frame', [frame(0x81, 0xfe, Buffer.from([0x10]))]],
    ['a frame without a mask', [frame(0x81, 2, Buffer.from('{}'))]],
    ['a frame of reserved bits', [frame(0xf1, 0x80, Buffer.alloc(4))]],
    ['a frame of a kind that is none', [frame(0x8b, 0x80, Buffer.alloc(4))]],
    ['a frame that says 2^63 bytes', [frame(0x81, 0xff, Buffer.from('ffffffffffffffff00000000', 'hex'))]],
    ['a frame that says 2^31 bytes', [frame(0x81, 0xff, Buffer.from('000000007fffffff00000000', 'hex'))]],
    ['the end of a message that never began', [frame(0x80, 0x80, Buffer.alloc(4))]],
    [
      'a message in thousands of pieces',
      [
        frame(0x01, 0x80, Buffer.alloc(4)),
        ...Array.from({ length: 20_000 }, () => frame(0x00, 0x81, Buffer.from([0, 0, 0, 0, 0x20]))),
      ],
    ],
    [
      'a message without an end',
      [
        frame(0x01, 0x80, Buffer.alloc(4)),
        ...Array.from({ length: 40 }, () =>
          frame(
            0x00,
            0xff,
            Buffer.concat([Buffer.from('000000000001000000000000', 'hex'), Buffer.alloc(65_536, 0x20)]),
          ),
        ),
      ],
    ],
    [
      'a ping of more than it may have',
      [frame(0x89, 0xfe, Buffer.concat([Buffer.from('03e800000000', 'hex'), Buffer.alloc(1_000)]))],
    ],
    ['thousands of pings', Array.from({ length: 20_000 }, () => frame(0x89, 0x80, Buffer.alloc(4)))],
    ['text that is not UTF-8', [frame(0x81, 0x84, Buffer.from('00000000fffefdfc', 'hex'))]],
    ['a compressed message that nobody agreed on', [frame(0xc1, 0x85, Buffer.from('0000000001020304ff', 'hex'))]],
    ['a farewell of a code that is none', [frame(0x88, 0x82, Buffer.from('000000000001', 'hex'))]],
    ['HTTP', [Buffer.from('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')]],
    ['garbage', [randomBytes(500_000)]],
  ])('that sends %s is closed, or goes on', async (_what, frames) => {
    const text = await target.raw(
      [
        `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
        ...frames,
      ],
      400,
    );
    expect(text).toMatch(/^HTTP\/1\.1 101/);
    expect(text).not.toContain('viewfinder_');
  });

  test('that is opened and left, thousands of times, leaves nothing behind', async () => {
    const upgrade = `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    for (let index = 0; index < 1_000; index++) {
      const socket = connect(target.port, '127.0.0.1').on('error', () => {});
      socket.write(upgrade, () => setTimeout(() => socket.destroy(), index % 20));
      if (index % 100 === 0) await delay(20);
    }
    await delay(300);
  });

  test('that reads nothing of what it asks for costs no memory', async () => {
    const query =
      '{ dataset(by: { folder: "health_images" }) { views { nodes { embeddings { nodes { vector } } } } } }';
    const sockets = Array.from({ length: 3 }, () => {
      const socket = new WebSocket(target.socketUrl, 'graphql-transport-ws').on('error', () => {});
      socket.on('open', () => socket.send(INIT));
      socket.once('message', () => {
        socket.pause();
        for (let index = 0; index < 100; index++) socket.send(subscribe(`${index}`, query));
      });
      return socket;
    });
    await delay(500);
    await target.expectUnharmed();
    for (const socket of sockets) socket.terminate();
  });
});
