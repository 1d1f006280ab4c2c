import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaHosts } from '../../src/core/media-hosts.ts';
import { isPrivateAddress } from '../../src/core/private-address.ts';
import { RemoteMedia, type RemoteMediaOptions } from '../../src/core/remote-media.ts';

let server: Server;
let port: number;
let asked: string[];
/** What the server answers, by path; the path itself where it is not among these. */
let answers: Record<string, (response: ServerResponse) => void>;
beforeEach(async () => {
  asked = [];
  answers = {};
  server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.end(request.url);
    else answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});

const redirect = (location: string) => (response: ServerResponse) => response.writeHead(302, { location }).end();
const status = (code: number) => (response: ServerResponse) => response.writeHead(code).end('sorry');
const at = (path: string) => `http://127.0.0.1:${port}${path}`;
const media = (options = {}) => new RemoteMedia([`127.0.0.1:${port}`], options);
const text = async (address: string, from = media()) => Buffer.from(await from.read(address)).toString();

/** Name servers that know every name, at these addresses. */
const knownAs =
  (...addresses: string[]): RemoteMediaOptions['lookup'] =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

describe('a picture at a remote address', () => {
  test('is had from a host that is allowed', async () => {
    expect(media().serves(at('/a.png'))).toBe(true);
    expect(await text(at('/a%20b.png?x=1'))).toBe('/a%20b.png?x=1');
    expect(await text(`HTTP://127.0.0.1:${port}/x`)).toBe('/x');
  });

  test('is followed where it has moved on hosts that are allowed, and not for ever', async () => {
    Object.assign(answers, { '/1': redirect('/2'), '/2': redirect(at('/there')), '/round': redirect('/round') });
    expect(await text(at('/1'))).toBe('/there');
    await expect(text(at('/round'))).rejects.toMatchObject({ code: 'MEDIA_UNREADABLE', message: /redirects/ });
  });

  test.each([
    [404, 'MEDIA_MISSING'],
    [410, 'MEDIA_MISSING'],
    [403, 'MEDIA_UNREADABLE'],
    [204, 'MEDIA_UNREADABLE'],
    [500, 'MEDIA_UNREACHABLE'],
    [503, 'MEDIA_UNREACHABLE'],
    [429, 'MEDIA_UNREACHABLE'],
  ])('that is answered with %i is %s', async (code, expected) => {
    answers['/a'] = status(code);
    await expect(text(at('/a'))).rejects.toMatchObject({
      name: 'MediaError',
      code: expected,
      message: expect.stringContaining(String(code)),
    });
  });

  test('that is too large is not taken into memory, whether or not it says how large it is', async () => {
    answers['/said'] = (response) => response.writeHead(200, { 'content-length': 11 }).end('x'.repeat(11));
    answers['/unsaid'] = (response) => {
      // Without an end: only whoever stops reading is ever done.
      const more = () => response.write('x'.repeat(4)) && setTimeout(more, 1);
      more();
    };
    const small = media({ largest: 10 });
    for (const path of ['/said', '/unsaid']) {
      await expect(small.read(at(path))).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
    }
    answers['/just'] = (response) => response.end('x'.repeat(10));
    expect((await small.read(at('/just'))).length).toBe(10);
  });

  test('that does not come in time is given up, before its answer and in the middle of it', async () => {
    answers['/silent'] = () => {};
    answers['/slow'] = (response) => response.write('x');
    const hasty = media({ timeoutMs: 100 });
    for (const path of ['/silent', '/slow']) {
      await expect(hasty.read(at(path))).rejects.toMatchObject({ code: 'MEDIA_UNREACHABLE', message: /within 0.1 s/ });
    }
  });

  test('that breaks off, or whose host is not there, is unreachable', async () => {
    answers['/half'] = (response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(text(at('/half'))).rejects.toMatchObject({ code: 'MEDIA_UNREACHABLE' });
    const nowhere = new RemoteMedia(['127.0.0.1:1']);
    await expect(nowhere.read('http://127.0.0.1:1/a')).rejects.toMatchObject({ code: 'MEDIA_UNREACHABLE' });
  });

  test('is no longer waited for once the caller does not', async () => {
    answers['/silent'] = () => {};
    const reason = new Error('no more');
    const stop = new AbortController();
    const reading = media().read(at('/silent'), { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(reading).rejects.toBe(reason);
    await expect(media().read(at('/a'), { signal: stop.signal })).rejects.toBe(reason);
  });
});

describe('no other host is asked', () => {
  test.each([
    'https://example.org/a.png',
    'http://127.0.0.1/a.png',
    'http://127.0.0.1:1/a.png',
    'ftp://127.0.0.1/a.png',
    'file:///etc/hostname',
    'a.png',
    'http://',
  ])('%s', async (address) => {
    expect(media().serves(address)).toBe(false);
    await expect(media().read(address)).rejects.toMatchObject({
      code: 'MEDIA_FORBIDDEN',
      message: expect.stringMatching(/--allow-media-host/),
    });
  });

  test('by a redirect', async () => {
    answers['/out'] = redirect('http://169.254.169.254/latest/meta-data');
    answers['/in'] = redirect(`http://localhost:${port}/secret`);
    answers['/file'] = redirect('file:///etc/hostname');
    for (const path of ['/out', '/in', '/file']) {
      await expect(text(at(path))).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN', message: /redirects to/ });
    }
    expect(asked).toHaveLength(3);
  });

  test('by a name that leads into a private network, unless it is allowed as private', async () => {
    const address = `http://images.test:${port}/a.png`;
    for (const lookup of [knownAs('127.0.0.1'), knownAs('93.184.215.14', '10.0.0.7'), knownAs('::ffff:127.0.0.1')]) {
      const open = new RemoteMedia([`images.test:${port}`], { lookup });
      expect(open.serves(address)).toBe(true);
      await expect(open.read(address)).rejects.toMatchObject({
        code: 'MEDIA_FORBIDDEN',
        message: /private:images\.test/,
      });
    }
    expect(asked).toEqual([]);
    const own = new RemoteMedia([`private:images.test:${port}`], { lookup: knownAs('127.0.0.1') });
    expect(await text(address, own)).toBe('/a.png');
    expect(asked).toEqual([`images.test:${port}/a.png`]);
  });

  test('but this machine under its own name, where that is allowed', async () => {
    expect(await text(`http://localhost:${port}/a`, new RemoteMedia([`localhost:${port}`]))).toBe('/a');
  });
});

describe('the list of hosts', () => {
  const allows = (entry: string, address: string) => new MediaHosts([entry]).allows(new URL(address));

  test.each([
    ['images.example.org', 'https://images.example.org/a', true],
    ['images.example.org', 'http://images.example.org:80/a', true],
    ['images.example.org', 'https://images.example.org:8443/a', false],
    ['Images.Example.org', 'https://IMAGES.example.ORG/a', true],
    ['images.example.org', 'https://images.example.org.evil.test/a', false],
    ['images.example.org', 'https://evil.test/images.example.org', false],
    ['images.example.org', 'https://images.example.org@evil.test/a', false],
    ['images.example.org', 'https://sub.images.example.org/a', false],
    ['images.example.org:443', 'https://images.example.org/a', true],
    ['images.example.org:443', 'http://images.example.org/a', false],
    ['images.example.org:8080', 'http://images.example.org:8080/a', true],
    ['127.0.0.1', 'http://2130706433/a', true],
    ['[::1]:8080', 'http://[0:0::1]:8080/a', true],
    ['bücher.example', 'https://xn--bcher-kva.example/a', true],
    ['*', 'https://example.org/a', false],
    ['private:nas.lan', 'http://nas.lan/a', true],
  ])('%s and %s: %j', (entry, address, expected) => {
    expect(allows(entry, address)).toBe(expected);
  });

  test.each(['', 'https://example.org', 'a/b', 'user@host', 'a b', 'private:', 'host:99999'])(
    'does not take %j',
    (entry) => {
      expect(() => new MediaHosts([entry])).toThrow(/is no host/);
    },
  );
});

test.each([
  ['8.8.8.8', false],
  ['2606:4700::1111', false],
  ['::ffff:8.8.8.8', false],
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['255.255.255.255', true],
  ['::', true],
  ['::1', true],
  ['::ffff:10.0.0.1', true],
  ['64:ff9b::a00:1', true],
  ['2002:7f00:1::', true],
  ['fd12::1', true],
  ['fe80::1', true],
  ['ff02::1', true],
])('the address %s is private: %j', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});
