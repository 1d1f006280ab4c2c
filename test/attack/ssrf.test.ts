import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { connect } from '@lancedb/lancedb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RemoteMedia, type RemoteMediaOptions } from '../../src/core/remote-media.ts';
import { startTarget, type Target } from './target.ts';

/** A machine of the inner network: whatever reaches it has gone too far. */
let inner: Server;
let reached: string[];
/** The host that the service may ask, and what it answers, by path. */
let allowed: Server;
const answers: Record<string, (response: ServerResponse, request: IncomingMessage) => void> = {};
let target: Target;

const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  inner = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.end('the secret of the inner network');
  });
  await once(inner.listen(0, '127.0.0.1'), 'listening');
  allowed = createServer((request, response) =>
    (answers[request.url ?? ''] ?? ((none) => none.writeHead(404).end()))(response, request),
  );
  await once(allowed.listen(0, '127.0.0.1'), 'listening');
  target = await startTarget('items', () => ['--allow-media-host', `127.0.0.1:${portOf(allowed)}`]);
});
beforeEach(() => {
  reached = [];
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  for (const server of [inner, allowed]) {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
});

const at = (path: string) => `http://127.0.0.1:${portOf(allowed)}${path}`;

async function searchFor(imageUrl: string) {
  const { errors = [] } = await target.ask(
    `query ($url: String!) { dataset(by: { folder: "health_images" }) {
      search(input: { table: "emb_tiny", query: { imageUrl: $url } }) { nodes { pixanoId } } } }`,
    { url: imageUrl },
  );
  const [{ message = '', extensions = {} } = {}] = errors;
  return { message, code: extensions.code };
}

/** Ways to write the address of the inner machine, or of others that nobody is to ask. */
function inward(): string[] {
  const port = portOf(inner);
  const hosts = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '0',
    '0.0.0.0',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[::1%25lo]',
    '127。0。0。1',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    `127.0.0.1:${portOf(allowed)}@127.0.0.1`,
    'user:password@127.0.0.1',
    'example.org@127.0.0.1',
    'example.org#@127.0.0.1',
    'example.org%23@127.0.0.1',
    'example.org\\@127.0.0.1',
    '127.0.0.1\\@example.org',
    'localtest.me.',
    '169.254.169.254',
    'metadata.google.internal',
  ];
  return [
    ...hosts.map((host) => `http://${host}:${port}/latest`),
    ...hosts.map((host) => `https://${host}:${port}/latest`),
    `http:127.0.0.1:${port}/`,
    `http:/127.0.0.1:${port}/`,
    `http:\\\\127.0.0.1:${port}\\`,
    `//127.0.0.1:${port}/`,
    ` http://127.0.0.1:${port}/`,
    `ht\ntp://127.0.0.1:${port}/`,
    `http://127.0.0.1:${portOf(allowed)}:${port}/`,
    `http://127.0.0.1:${portOf(allowed)} @127.0.0.1:${port}/`,
    `http://127.0.0.1:0${port}/`,
    `ws://127.0.0.1:${port}/`,
    `gopher://127.0.0.1:${port}/_GET`,
    `ftp://127.0.0.1:${port}/`,
    `jar:http://127.0.0.1:${port}!/`,
    `dict://127.0.0.1:${port}/`,
    `unix:/tmp/x`,
    `http+unix://%2ftmp%2fx/`,
    'file:///etc/passwd',
    'file://localhost/etc/passwd',
    'data:image/png;base64,iVBORw0KGgo=',
    'blob:x',
    'javascript:alert(1)',
    '/etc/passwd',
    'health_images/all/os-bras.jpg',
    '',
    '\0',
    `http://${'a.'.repeat(5_000)}/`,
    `http://127.0.0.1:${port}/${'x'.repeat(100_000)}`,
  ];
}

describe('the address of a picture', () => {
  test('leads to no host but those that are allowed, however it is written', async () => {
    for (const address of inward()) {
      expect((await searchFor(address)).code, address.slice(0, 100)).toMatch(/^(INVALID_INPUT|MEDIA_FORBIDDEN)$/);
    }
    expect(reached).toEqual([]);
    await target.expectUnharmed();
  });

  test('leads nowhere else by a redirect, of any kind or number', async () => {
    const targets = inward().filter((each) => /^[\x21-\x7e]+$/.test(each) && each.length < 5_000 && /^\w+:/.test(each));
    for (const [index, location] of targets.entries()) {
      const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
      answers[`/out/${index}`] = (response) => response.writeHead(status, { location }).end('x');
      expect((await searchFor(at(`/out/${index}`))).code, location).toMatch(/^(INVALID_INPUT|MEDIA_FORBIDDEN)$/);
    }
    answers['/once'] = (response) => response.writeHead(302, { location: '/twice' }).end();
    answers['/twice'] = (response) => response.writeHead(302, { location: `http://127.0.0.1:${portOf(inner)}/` }).end();
    answers['/round'] = (response) => response.writeHead(302, { location: '/round' }).end();
    for (const path of ['/once', '/round']) expect((await searchFor(at(path))).code).toBe('INVALID_INPUT');
    expect(reached).toEqual([]);
    await target.expectUnharmed();
  });

  test('tells nothing of what was there that is no picture', async () => {
    answers['/secret'] = (response) => response.end('the secret of the inner network');
    const { message, code } = await searchFor(at('/secret'));
    expect(code).toBe('INVALID_INPUT');
    expect(message).not.toContain('secret of');
  });

  test('in a view is held to the same', async () => {
    const table = await (await connect(join(target.copy.path, 'health_images', 'db'))).openTable('image');
    const [row] = await table.query().select(['id']).limit(1).toArray();
    const id = String(row?.id);
    for (const url of inward().filter(
      (each) => each.length < 1_000 && !each.startsWith('health_images') && !each.includes('\0'),
    )) {
      await table.update({ where: `id = '${id}'`, values: { url } });
      for (const path of [`/media/health_images/image/${id}`, `/thumbnail/128/health_images/image/${id}`]) {
        const { status, text } = await target.http(path);
        expect([403, 404], url).toContain(status);
        expect(text).not.toContain('secret of');
      }
    }
    expect(reached).toEqual([]);
    await target.expectUnharmed();
  });
});

describe('a host that is allowed and means ill', () => {
  test('cannot fill the memory, with or without compression, nor hold what it begins', async () => {
    const megabyte = Buffer.alloc(1_000_000, 'x');
    let sent = 0;
    let closed = 0;
    answers['/endless'] = (response) => {
      response.once('close', () => {
        closed += 1;
      });
      const more = () => {
        if (response.destroyed) return;
        sent += megabyte.length;
        if (response.write(megabyte)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    };
    answers['/bomb'] = (response) => {
      const headers = { 'content-encoding': 'gzip', 'content-type': 'image/png' };
      response.writeHead(200, headers).end(gzipSync(Buffer.alloc(200_000_000)));
    };
    answers['/lies'] = (response) => response.writeHead(200, { 'content-length': 2 ** 40 }).write('x');
    answers['/headers'] = (response, request) => {
      request.socket.write(`HTTP/1.1 200 OK\r\n${`X-${'x'.repeat(1000)}: y\r\n`.repeat(1000)}\r\n`);
      response.destroy();
    };
    for (const path of ['/endless', '/bomb', '/lies', '/headers']) {
      expect((await searchFor(at(path))).code, path).toBe('INVALID_INPUT');
    }
    await delay(100);
    expect(closed).toBe(1);
    // The largest picture that a search takes, and what is under way in buffers.
    expect(sent).toBeLessThan(300_000_000);
    await target.expectUnharmed();
  });

  test('cannot hold up others by being slow', async () => {
    const held: ServerResponse[] = [];
    answers['/slow'] = (response) => {
      held.push(response);
      response.write('x');
    };
    const waiting = Array.from({ length: 50 }, () => searchFor(at('/slow')));
    await delay(200);
    await target.expectUnharmed();
    const { status } = await target.http('/graphql?query=%7B__typename%7D');
    expect(status).toBe(200);
    // Those that wait for a connection are among them.
    while (held.length > 0) {
      for (const response of held.splice(0)) response.destroy();
      await delay(50);
    }
    for (const { code } of await Promise.all(waiting)) expect(code).toBe('INVALID_INPUT');
    await target.expectUnharmed();
  });
});

describe('a name that leads elsewhere when it is asked for again', () => {
  /** A name server that gives one answer after the other. */
  const rebinding =
    (...turns: string[][]): RemoteMediaOptions['lookup'] =>
    (_hostname, _options, callback) => {
      const addresses = turns.length > 1 ? turns.shift() : turns[0];
      callback(
        null,
        (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };

  test.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['93.184.215.14', '127.0.0.1']],
    [['127.0.0.1', '93.184.215.14']],
    [['169.254.169.254']],
    [['fe80::1']],
    [['0.0.0.0']],
  ])('is not followed to %j', async (addresses) => {
    const host = `pictures.test:${portOf(inner)}`;
    // What it led to at first is not what is trusted: each connection is made to what was just looked up.
    const media = new RemoteMedia([host], { lookup: rebinding(addresses), timeoutMs: 2_000 });
    for (let again = 0; again < 3; again++) {
      await expect(media.read(`http://${host}/`)).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN' });
    }
    expect(reached).toEqual([]);
  });

  test('is connected to where it was looked up, and looked up once for each connection', async () => {
    let lookups = 0;
    const host = `pictures.test:${portOf(inner)}`;
    const lookup: RemoteMediaOptions['lookup'] = (_hostname, _options, callback) => {
      lookups += 1;
      // Public for whoever checks, and private for whoever connects.
      const address = lookups % 2 === 1 ? '192.0.2.1' : '127.0.0.1';
      callback(null, [{ address, family: 4 }]);
    };
    const media = new RemoteMedia([host], { lookup, timeoutMs: 300 });
    for (let again = 0; again < 4; again++) {
      await expect(media.read(`http://${host}/`)).rejects.toMatchObject({ code: expect.stringMatching(/^MEDIA_/) });
    }
    expect(reached).toEqual([]);
    expect(lookups).toBe(4);
  });

  test('that is allowed to be private is looked up by nobody else', async () => {
    const host = `private:pictures.test:${portOf(inner)}`;
    const media = new RemoteMedia([host], { lookup: rebinding(['127.0.0.1']) });
    await media.read(`http://pictures.test:${portOf(inner)}/own`);
    expect(reached).toEqual(['/own']);
    await expect(media.read(`http://other.test:${portOf(inner)}/own`)).rejects.toMatchObject({
      code: 'MEDIA_FORBIDDEN',
    });
  });
});
