import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MediaRequest, mediaPath } from '../../src/schema/media-path.ts';
import { MediaSignatures, mediaKey } from '../../src/server/media-signatures.ts';
import { postJson, startServer, type TestServer } from './running-server.ts';
import { bearer, SECRETS, TOKENS } from './tokens.ts';

interface Addresses {
  readonly mediaUrl: string;
  readonly thumbnailUrl: string;
}

const DAY = 24 * 60 * 60 * 1000;
const MORNING = Date.UTC(2026, 10, 23, 6);

let clock = MORNING;
let server: TestServer;
beforeAll(async () => {
  server = await startServer('items', { tokens: TOKENS, now: () => clock });
});
afterAll(() => server[Symbol.asyncDispose]());

async function addresses(): Promise<readonly [Addresses, Addresses]> {
  const query = '{ dataset(by: { folder: "health_images" }) { views(first: 2) { nodes { mediaUrl thumbnailUrl } } } }';
  const { data } = JSON.parse(await (await postJson(server.url, { query }, bearer(SECRETS.read))).text());
  return data.dataset.views.nodes;
}

async function statusOf(address: string): Promise<number> {
  const response = await fetch(server.origin + address);
  await response.body?.cancel();
  return response.status;
}

describe('the address of a medium that a reader gets', () => {
  test('needs no token, for an <img> can send none', async () => {
    clock = MORNING;
    for (const { mediaUrl, thumbnailUrl } of await addresses()) {
      for (const address of [mediaUrl, thumbnailUrl]) {
        expect(await statusOf(address)).toBe(200);
        expect(await statusOf(address.replace(/\?.*/, ''))).toBe(401);
      }
    }
  });

  test('is the same all day, so that a browser keeps the picture', async () => {
    clock = MORNING;
    const [{ thumbnailUrl }] = await addresses();
    const etag = (await fetch(server.origin + thumbnailUrl)).headers.get('etag') ?? '';
    clock = Date.UTC(2026, 10, 23, 23, 59, 59);
    const [later] = await addresses();
    expect(later.thumbnailUrl).toBe(thumbnailUrl);
    const known = await fetch(server.origin + thumbnailUrl, { headers: { 'if-none-match': etag } });
    expect([known.status, known.headers.get('cache-control')]).toEqual([304, 'private, max-age=60']);
    clock += 1_000;
    expect((await addresses())[0].thumbnailUrl).not.toBe(thumbnailUrl);
  });

  test('holds until the end of the next day, and not a moment longer', async () => {
    clock = MORNING;
    const [{ mediaUrl, thumbnailUrl }] = await addresses();
    clock = Date.UTC(2026, 10, 25) - 1;
    for (const address of [mediaUrl, thumbnailUrl]) expect(await statusOf(address)).toBe(200);
    clock += 1;
    for (const address of [mediaUrl, thumbnailUrl]) {
      const response = await fetch(server.origin + address, { headers: { 'if-none-match': '*' } });
      expect([response.status, response.headers.get('cache-control')]).toEqual([403, 'no-store']);
      expect(await response.text()).toBe('The address has expired: ask for it again.\n');
    }
  });

  test('holds for that very medium, in that very size, until that very time', async () => {
    clock = MORNING;
    const [{ mediaUrl, thumbnailUrl }, other] = await addresses();
    const query = mediaUrl.slice(mediaUrl.indexOf('?'));
    const [, expires = '', signature = ''] = /expires=(\d+)&signature=(.+)/.exec(query) ?? [];
    const path = mediaUrl.replace(/\?.*/, '');
    const forged = [
      other.mediaUrl.replace(/\?.*/, '') + query,
      thumbnailUrl.replace(/\?.*/, '') + query,
      thumbnailUrl.replace('/256/', '/512/'),
      `${path}?expires=${Number(expires) + 1}&signature=${signature}`,
      `${path}?expires=0${expires}&signature=${signature}`,
      `${path}?expires=9e99&signature=${signature}`,
      `${path}?expires=${expires}&signature=${signature.slice(0, -2)}`,
      `${path}?expires=${expires}&signature=`,
      `${path}?expires=&signature=${signature}`,
      `${path}?expires=9999999999&expires=${expires}&signature=${signature}`,
    ];
    for (const address of forged) expect([address, await statusOf(address)]).toEqual([address, 403]);
    expect(await statusOf(`${path}?signature=${signature}`)).toBe(401);
    // Another spelling of the same address, as some proxies make it.
    const spelled = path.replace(/[a-z](?=[^/]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    expect(spelled).not.toBe(path);
    expect(await statusOf(spelled + query)).toBe(200);
  });

  test('opens nothing else', async () => {
    clock = MORNING;
    const [{ mediaUrl }] = await addresses();
    const query = mediaUrl.slice(mediaUrl.indexOf('?') + 1);
    expect(await statusOf(`/graphql?query={__typename}&${query}`)).toBe(401);
    expect(await statusOf(`/metrics?${query}`)).toBe(401);
  });
});

test('without tokens an address is as short as it was', async () => {
  await using open = await startServer();
  const { data } = await open.ask<{ dataset: { views: { nodes: Addresses[] } } }>(
    '{ dataset(by: { folder: "health_images" }) { views(first: 1) { nodes { mediaUrl } } } }',
  );
  const [{ mediaUrl } = { mediaUrl: '' }] = data.dataset.views.nodes;
  expect(mediaUrl).toMatch(/^\/media\/[^?]+$/);
  expect((await fetch(`${open.origin}${mediaUrl}?expires=1&signature=x`)).status).toBe(200);
});

describe('the key of the signatures', () => {
  test('is in the state folder, for its user alone, and outlives the service', async () => {
    const folder = join(server.copy.path, '.viewfinder');
    const file = join(folder, 'media-key');
    expect((await readFile(file)).length).toBe(32);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
    clock = MORNING;
    const [{ mediaUrl }] = await addresses();
    const [path = '', query = ''] = mediaUrl.split('?');
    const after = new MediaSignatures(await mediaKey(folder, [...TOKENS].reverse()), () => clock);
    expect(after.verdict(path, new URLSearchParams(query))).toBe('valid');
  });

  test('is another one once a token is taken away', async () => {
    const folder = join(server.copy.path, '.viewfinder');
    clock = MORNING;
    const [{ mediaUrl }] = await addresses();
    const [path = '', query = ''] = mediaUrl.split('?');
    const after = new MediaSignatures(await mediaKey(folder, TOKENS.slice(1)), () => clock);
    expect(after.verdict(path, new URLSearchParams(query))).toBe('wrong');
  });

  test('signs each address apart', () => {
    const view = { table: 'image', id: 'x' };
    const requests: readonly MediaRequest[] = [
      { kind: 'media', folder: 'a', view },
      { kind: 'thumbnail', size: 128, folder: 'a', view },
      { kind: 'preview', folder: 'a' },
    ];
    const signatures = new MediaSignatures(Buffer.alloc(32), () => 3 * DAY);
    const signed = requests.map((request) => signatures.sign(mediaPath(request) ?? ''));
    expect(new Set(signed.map((address) => address.split('signature=')[1])).size).toBe(3);
  });
});
