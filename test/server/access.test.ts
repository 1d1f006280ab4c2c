import { type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
let host: string;
beforeAll(async () => {
  server = await startServer('items', {
    allowHosts: ['Gallery.example'],
    allowOrigins: ['http://localhost:5173'],
  });
  ({ host } = new URL(server.url));
});
afterAll(() => server[Symbol.asyncDispose]());

/** `fetch` would not let its caller choose these headers. */
function get(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const sent = request(server.origin + path, { method, headers: { host, ...headers } }, async (response) => {
      const chunks = await Array.fromAsync(response);
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject).end();
  });
}

/** What the attempt to open a WebSocket comes to. */
function open(headers: Record<string, string>, origin?: string, path = '/graphql'): Promise<string> {
  return new Promise((resolve) => {
    const url = server.origin.replace('http', 'ws') + path;
    const socket = new WebSocket(url, 'graphql-transport-ws', origin === undefined ? { headers } : { headers, origin });
    socket.on('error', (error) => resolve(error.message));
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
  });
}

const QUERY = `/graphql?${new URLSearchParams({ query: '{ __typename }' })}`;

describe('a host', () => {
  test.each(['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', 'gallery.example'])('%s is answered', async (name) => {
    const { port } = new URL(server.url);
    for (const host of [name, `${name}:${port}`]) {
      expect(await get(QUERY, { host })).toMatchObject({ status: 200, text: '{"data":{"__typename":"Query"}}' });
    }
    expect(await open({ host: `${name}:${port}` })).toBe('open');
  });

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '169.254.0.1'])(
    'that may be a rebound name, %s, is refused everywhere',
    async (host) => {
      for (const path of [QUERY, '/graphql', '/media/health_images/image/x', '/']) {
        const { status, text } = await get(path, { host });
        expect(status).toBe(403);
        expect(text).toContain('--allow-host');
      }
      expect(await open({ host })).toBe('Unexpected server response: 403');
    },
  );

  test('with a port that is none gets no stack', async () => {
    expect(await get(QUERY, { host: '127.0.0.1:99999' })).toMatchObject({
      status: 400,
      text: 'The address of the request cannot be read.\n',
    });
  });
});

describe('a page', () => {
  test('of the service itself, or of an origin that is allowed, is answered', async () => {
    for (const origin of [server.origin, 'http://localhost:5173']) {
      expect(await get(QUERY, { origin })).toMatchObject({ status: 200 });
      expect(await open({}, origin)).toBe('open');
    }
  });

  test.each(['http://evil.example', 'null', 'http://localhost:5174', 'https://localhost:5173', 'http://localhost'])(
    'of %s is refused, over HTTP and WebSocket',
    async (origin) => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, text, headers } = await get(QUERY, { origin }, method);
        expect(status).toBe(403);
        expect(text).toContain('--allow-origin');
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
      expect(await open({}, origin)).toBe('Unexpected server response: 403');
    },
  );

  test('that is allowed may send JSON, and is told so when it asks', async () => {
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    expect(await get('/graphql', { origin: 'http://localhost:5173', ...asked }, 'OPTIONS')).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'http://localhost:5173',
        'access-control-allow-headers': 'content-type',
        'cross-origin-resource-policy': 'cross-origin',
      },
    });
  });
});

test('a page that is allowed reads media and what is refused as well, without credentials', async () => {
  const origin = 'http://localhost:5173';
  for (const path of ['/media/health_images/image/gone', '/metrics', QUERY]) {
    const { headers } = await get(path, { origin });
    expect(headers).toMatchObject({ 'access-control-allow-origin': origin });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    expect((await get(path, {})).headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test('no answer may be framed, be taken for what it is not, or run a script', async () => {
  for (const path of [QUERY, '/', '/nowhere', '/metrics', '/media/health_images/image/gone', '/graphql?query={']) {
    expect((await get(path, {})).headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  }
});

test('a WebSocket is opened at the address of the API and nowhere else', async () => {
  expect(await open({}, undefined, '/media/health_images/image/x')).toBe('Unexpected server response: 400');
  expect(await open({}, undefined, '/graphql?x')).toBe('open');
});

test('the root leads to the API', async () => {
  expect(await get('/?x', {})).toMatchObject({ status: 302, headers: { location: '/graphql' } });
});
