import { once } from 'node:events';
import { request } from 'node:http';
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

const BOUNDARY = 'x-boundary-x';
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'x-graphql-yoga-csrf': '1' };
const JSON_TYPE = { 'content-type': 'application/json' };
const QUERY = `query ($image: Upload!) { dataset(by: { folder: "health_images" }) { search(input: { table: "emb_tiny", query: { image: $image } }) { nodes { id } } } }`;
const OPERATIONS = JSON.stringify({ query: QUERY, variables: { image: null } });

function part(disposition: string, content: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
}

const OPERATIONS_PART = part('name="operations"', OPERATIONS);
const MAP_PART = part('name="map"', '{"0":["variables.image"]}');
const FILE = 'name="0"; filename="a.png"';
const END = `--${BOUNDARY}--\r\n`;

/** Sends chunk after chunk until the service has had enough, and says how much that was. */
async function endless(headers: Record<string, string>, begin: string, most = 300_000_000) {
  const chunk = Buffer.alloc(1_000_000, 'x');
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const sent = request(target.url, {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'transfer-encoding': 'chunked' },
  });
  sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  sent.write(begin);
  let bytes = 0;
  const pump = async () => {
    while (bytes < most && !sent.destroyed) {
      bytes += chunk.length;
      if (!sent.write(chunk)) await Promise.race([once(sent, 'drain'), once(sent, 'close')]).catch(() => {});
    }
    sent.end();
  };
  pump();
  const outcome = await promise;
  sent.destroy();
  return { outcome, bytes };
}

describe('an upload without an end', () => {
  test.each([
    ['of JSON', JSON_TYPE, '{"query":"'],
    [
      'of a file',
      FORM,
      `${OPERATIONS_PART}${MAP_PART}--${BOUNDARY}\r\nContent-Disposition: form-data; ${FILE}\r\n\r\n`,
    ],
    ['of a field of the form', FORM, `--${BOUNDARY}\r\nContent-Disposition: form-data; name="operations"\r\n\r\n`],
    ['of the headers of a part', FORM, `--${BOUNDARY}\r\nContent-Disposition: form-data; name="`],
    ['of what comes before the first part', FORM, ''],
    [
      'of a file that nothing asks for',
      FORM,
      `${OPERATIONS_PART}${MAP_PART}--${BOUNDARY}\r\nContent-Disposition: form-data; name="9"; filename="x"\r\n\r\n`,
    ],
    ['of what is no type at all', { 'content-type': 'application/x-none', 'x-graphql-yoga-csrf': '1' }, ''],
    ['of a compressed body', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '\x1f\x8b'],
  ])('%s is ended', async (_what, headers, begin) => {
    const { outcome, bytes } = await endless(headers, begin);
    expect([400, 403, 405, 413, 415, 'EPIPE', 'ECONNRESET']).toContain(outcome);
    // The largest upload, and what is on its way in buffers of the system.
    expect(bytes).toBeLessThan(100_000_000);
  });
});

describe('a form', () => {
  const send = (body: string, headers: Record<string, string> = FORM) =>
    target.http('/graphql', { method: 'POST', headers, body });

  test.each([
    [
      'of thousands of parts',
      `${OPERATIONS_PART}${MAP_PART}${Array.from({ length: 20_000 }, (_, index) => part(`name="a${index}"`, 'x')).join('')}${END}`,
    ],
    [
      'of thousands of files',
      `${OPERATIONS_PART}${MAP_PART}${Array.from({ length: 5_000 }, (_, index) => part(`name="${index}"; filename="x"`, 'x')).join('')}${END}`,
    ],
    [
      'whose map names a file thousands of times',
      `${OPERATIONS_PART}${part('name="map"', JSON.stringify({ 0: Array(50_000).fill('variables.image') }))}${part(FILE, 'x')}${END}`,
    ],
    [
      'whose map names prototypes',
      `${OPERATIONS_PART}${part('name="map"', '{"0":["__proto__.polluted","constructor.prototype.polluted","variables.__proto__.image"]}')}${part(FILE, 'x')}${END}`,
    ],
    [
      'whose map leads deep',
      `${OPERATIONS_PART}${part('name="map"', JSON.stringify({ 0: [`variables${'.a'.repeat(100_000)}`] }))}${part(FILE, 'x')}${END}`,
    ],
    [
      'whose map leads into the query',
      `${OPERATIONS_PART}${part('name="map"', '{"0":["query"]}')}${part(FILE, 'x')}${END}`,
    ],
    [
      'whose map names no file that comes',
      `${OPERATIONS_PART}${part('name="map"', '{"1":["variables.image"]}')}${part(FILE, 'x')}${END}`,
    ],
    ['without operations', `${MAP_PART}${part(FILE, 'x')}${END}`],
    ['without a map', `${OPERATIONS_PART}${part(FILE, 'x')}${END}`],
    ['whose file comes first', `${part(FILE, 'x')}${OPERATIONS_PART}${MAP_PART}${END}`],
    ['of one field twice', `${OPERATIONS_PART}${OPERATIONS_PART}${MAP_PART}${MAP_PART}${END}`],
    ['without an end', `${OPERATIONS_PART}${MAP_PART}`],
    ['of nothing', ''],
    ['of the end alone', END],
    [
      'of a file whose name is a path',
      `${OPERATIONS_PART}${MAP_PART}${part('name="0"; filename="../../../escaped.png"', 'x')}${END}`,
    ],
    [
      'of a file whose name is of a megabyte',
      `${OPERATIONS_PART}${MAP_PART}${part(`name="0"; filename="${'x'.repeat(1_000_000)}"`, 'x')}${END}`,
    ],
    [
      'of a batch',
      `${part('name="operations"', JSON.stringify(Array(1_000).fill({ query: QUERY, variables: { image: null } })))}${part('name="map"', '{"0":["0.variables.image"]}')}${part(FILE, 'x')}${END}`,
    ],
    [
      'whose operations are nested',
      `${part('name="operations"', `{"query":"{ __typename }","variables":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`)}${MAP_PART}${part(FILE, 'x')}${END}`,
    ],
  ])('%s is answered or refused', async (_what, body) => {
    const { status, text } = await send(body);
    expect(status, text.slice(0, 300)).toBeLessThan(500);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary=${'x'.repeat(10_000)}`,
    'multipart/form-data; boundary="\\"',
    'multipart/mixed; boundary=x',
    'multipart/form-data; boundary=x; boundary=y',
  ])('of the type %s is answered or refused', async (type) => {
    const { status } = await send(`${OPERATIONS_PART}${END}`, { ...FORM, 'content-type': type });
    expect(status).toBeLessThan(500);
  });
});

describe('a length', () => {
  const post = (headers: string, body: string) =>
    target.raw([
      `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n\r\n${body}`,
    ]);

  test.each([
    ['that is too small cuts the request', 'Content-Length: 10', '{"query":"{ __typename }"}', /^HTTP\/1.1 4\d\d/],
    ['that is negative is refused', 'Content-Length: -1', '{}', /^HTTP\/1.1 400/],
    ['that is no number is refused', 'Content-Length: 1e3', '{}', /^HTTP\/1.1 400/],
    ['beyond all numbers is refused', 'Content-Length: 99999999999999999999', '{}', /^HTTP\/1.1 4\d\d|^$/],
    ['beyond what is taken is refused before it comes', 'Content-Length: 4000000000', '{', /^HTTP\/1.1 413/],
    ['that is too large is waited for, for a while', 'Content-Length: 1000', '{"query":"{ __typename }"}', /^$/],
  ])('%s', async (_what, header, body, answer) => {
    expect(await post(header, body)).toMatch(answer);
  });
});

describe('a slow upload', () => {
  test('holds up nobody else, however many there are', async () => {
    const sockets: Socket[] = [];
    for (let index = 0; index < 200; index++) {
      const socket = connect(target.port, '127.0.0.1').on('error', () => {});
      socket.write(
        `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nContent-Type: ${index % 2 === 0 ? FORM['content-type'] : 'application/json'}\r\nx-graphql-yoga-csrf: 1\r\nContent-Length: 1000000\r\n\r\n`,
      );
      sockets.push(socket);
    }
    for (let round = 0; round < 10; round++) {
      for (const socket of sockets) socket.write('x');
      await delay(20);
    }
    await target.expectUnharmed();
    for (const socket of sockets) socket.destroy();
  });
});
