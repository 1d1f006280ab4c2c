import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());
afterEach(() => target.expectUnharmed());

const host = () => `Host: 127.0.0.1:${target.port}`;
const QUERY = '/graphql?query=%7B__typename%7D';
const BODY = '{"query":"{ __typename }"}';
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

describe('a request that could be taken for two', () => {
  test.each([
    ['of two lengths', `Content-Length: ${BODY.length}\r\nContent-Length: 0`],
    ['of two lengths in one', `Content-Length: ${BODY.length}, 0`],
    ['of a length and of chunks', `Content-Length: ${BODY.length}\r\nTransfer-Encoding: chunked`],
    ['of chunks twice', 'Transfer-Encoding: chunked, chunked'],
    ['of chunks that are not the last encoding', 'Transfer-Encoding: chunked, identity'],
    ['of chunks by another name', 'Transfer-Encoding: xchunked'],
    ['of chunks behind a space', 'Transfer-Encoding : chunked'],
    ['of chunks behind a tab', `Content-Length: ${BODY.length}\r\nTransfer-Encoding:\tchunked`],
    ['of chunks on a line that goes on', `Transfer-Encoding:\r\n chunked`],
    ['of a header without a colon', 'Transfer-Encoding chunked'],
    ['of a line that ends early', `X: y\rTransfer-Encoding: chunked`],
    ['of a NUL', 'X: a\0b'],
  ])('%s is refused, and what follows is no request', async (_what, headers) => {
    const smuggled = `GET /metrics HTTP/1.1\r\n${host()}\r\n\r\n`;
    const text = await target.raw(
      [`POST /graphql HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${BODY}${smuggled}`],
      200,
    );
    expect(text).not.toContain('viewfinder_jobs');
    expect(statuses(text).filter((status) => status === '200')).toEqual([]);
  });

  test.each([
    ['a size that is none', 'zz\r\nx\r\n0\r\n\r\n'],
    ['a size that is negative', '-1\r\nx\r\n0\r\n\r\n'],
    ['a size beyond all numbers', `${'f'.repeat(20)}\r\nx\r\n0\r\n\r\n`],
    ['less than its size', '5\r\nx\r\n0\r\n\r\n'],
    ['an extension of a megabyte', `1;${'x'.repeat(1_000_000)}\r\nx\r\n0\r\n\r\n`],
    ['trailers of a megabyte', `1\r\nx\r\n0\r\n${`X-${'x'.repeat(1000)}: y\r\n`.repeat(1000)}\r\n`],
  ])('with a chunk of %s is refused', async (_what, chunks) => {
    const text = await target.raw(
      [
        `POST /graphql HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
      ],
      200,
    );
    expect(statuses(text).filter((status) => status === '200')).toEqual([]);
  });
});

describe('a request of', () => {
  test.each([
    'PUT',
    'DELETE',
    'PATCH',
    'TRACE',
    'CONNECT',
    'OPTIONS',
    'HEAD',
    'PROPFIND',
    'LOCK',
    'M-SEARCH',
    'get',
    'FOO',
    'G\0T',
    `${'X'.repeat(10_000)}`,
  ])('the method %s is answered or refused, and changes nothing', async (method) => {
    for (const path of [QUERY, '/graphql', '/media/health_images/image/x', '/metrics', '/', '*']) {
      const text = await target.raw(
        [`${method} ${path} HTTP/1.1\r\n${host()}\r\nX-Secret: s3cr3t\r\nConnection: close\r\n\r\n`],
        200,
      );
      expect(Number(statuses(text)[0] ?? 400), `${method} ${path}`).toBeLessThan(500);
      // What TRACE would echo.
      expect(text).not.toContain('s3cr3t');
    }
  });

  test.each([
    ['HTTP/0.9', `GET ${QUERY}\r\n`],
    ['HTTP/1.0 without a host', `GET ${QUERY} HTTP/1.0\r\n\r\n`],
    ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/9', `GET ${QUERY} HTTP/9.9\r\n\r\n`],
    ['TLS', Buffer.from('1603010200010001fc0303', 'hex')],
    ['another protocol', 'SSH-2.0-OpenSSH_9.0\r\n'],
    ['garbage', Buffer.alloc(100_000, 0xfe)],
    ['nothing but lines', '\r\n'.repeat(50_000)],
    ['two hosts', `GET ${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n`],
    ['no host', `GET ${QUERY} HTTP/1.1\r\n\r\n`],
    ['a host that is none', `GET ${QUERY} HTTP/1.1\r\nHost: 127.0.0.1:80@evil.example\r\n\r\n`],
    ['an address with a host', `GET http://evil.example${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
    ['an address of spaces', 'GET / graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    ['an address of 100,000 characters', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
    ['an address of slashes', `GET ${'/'.repeat(10_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
    [
      'an address of bytes',
      Buffer.concat([
        Buffer.from('GET /media/'),
        Buffer.alloc(100, 0xff),
        Buffer.from(' HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
      ]),
    ],
    [
      'headers of a megabyte',
      `GET ${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\n${`X-A: ${'x'.repeat(1000)}\r\n`.repeat(1000)}\r\n`,
    ],
    ['thousands of headers', `GET ${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\n${'A: b\r\n'.repeat(50_000)}\r\n`],
    ['thousands of cookies', `GET ${QUERY} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${'a=b; '.repeat(3_000)}\r\n\r\n`],
    ['an expectation', `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\nx`],
    [
      'another protocol to go on with',
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`,
    ],
    [
      'a WebSocket without a key',
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    ],
    [
      'a WebSocket with a key that is none',
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`,
    ],
    [
      'a WebSocket elsewhere',
      `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    ],
    [
      'ranges by the thousands',
      `GET /media/health_images/image/jLU55V3R6mmnB3KzCV3veJ HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=${Array(1_500).fill('0-').join(',')}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a range beyond all numbers',
      `GET /media/health_images/image/jLU55V3R6mmnB3KzCV3veJ HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=99999999999999999999-\r\nConnection: close\r\n\r\n`,
    ],
    [
      'tags by the thousands',
      `GET /media/health_images/image/jLU55V3R6mmnB3KzCV3veJ HTTP/1.1\r\nHost: 127.0.0.1\r\nIf-None-Match: ${'"x", '.repeat(2_000)}\r\nConnection: close\r\n\r\n`,
    ],
  ])('%s is answered or refused', async (_what, bytes) => {
    const text = await target.raw([bytes], 200);
    for (const status of statuses(text)) expect(Number(status)).toBeLessThan(500);
  });

  test('thousands at once on one connection is answered in order', async () => {
    const one = `GET ${QUERY} HTTP/1.1\r\n${host()}\r\n\r\n`;
    const text = await target.raw([one.repeat(2_000)], 1_500);
    expect(statuses(text)).toEqual(Array(2_000).fill('200'));
  });

  test('thousands that go away before their answer leaves nothing behind', async () => {
    const search = encodeURIComponent(
      '{ dataset(by: { folder: "health_images" }) { search(input: { table: "emb_tiny", query: { text: "x" } }) { nodes { attributes } } } }',
    );
    for (let index = 0; index < 400; index++) {
      const socket = connect(target.port, '127.0.0.1').on('error', () => {});
      socket.write(`GET /graphql?query=${search} HTTP/1.1\r\n${host()}\r\n\r\n`, () => socket.destroy());
      if (index % 100 === 0) await delay(20);
    }
    await delay(200);
  });
});

describe('a connection', () => {
  test('whose headers come byte by byte holds up nobody else', async () => {
    const sockets: Socket[] = [];
    for (let index = 0; index < 300; index++) {
      const socket = connect(target.port, '127.0.0.1').on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nX-A: ');
      sockets.push(socket);
    }
    for (let round = 0; round < 10; round++) {
      for (const socket of sockets) socket.write('x');
      await delay(20);
    }
    await target.expectUnharmed();
    for (const socket of sockets) socket.destroy();
  });

  test('that reads nothing of a large answer costs no memory', async () => {
    const sockets: Socket[] = [];
    const query = encodeURIComponent(
      '{ dataset(by: { folder: "health_images" }) { views { nodes { embeddings { nodes { vector } } } } } }',
    );
    for (let index = 0; index < 20; index++) {
      const socket = connect(target.port, '127.0.0.1')
        .on('error', () => {})
        .pause();
      socket.write(`GET /graphql?query=${query} HTTP/1.1\r\n${host()}\r\n\r\n`.repeat(50));
      sockets.push(socket);
    }
    await delay(1_000);
    await target.expectUnharmed();
    for (const socket of sockets) socket.destroy();
  });
});
