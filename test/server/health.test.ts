import { rename, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Library } from '../../src/core/library.ts';
import { Health } from '../../src/server/health.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { openModels } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

async function ask(path: string, origin = server.origin) {
  const response = await fetch(origin + path);
  const text = await response.text();
  expect(text).not.toContain(server.copy.temporary);
  return { status: response.status, ...JSON.parse(text) };
}

test('a service at work is healthy and ready', async () => {
  expect(await ask('/healthz')).toEqual({ status: 'ok' });
  const response = await fetch(`${server.origin}/healthz`, { method: 'HEAD' });
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(await ask('/readyz')).toEqual({
    status: 200,
    ready: true,
    checks: { service: 'ok', library: 'ok', state: 'ok' },
  });
  expect((await fetch(`${server.origin}/readyz`, { method: 'POST' })).status).toBe(405);
});

test('it is not ready without its library, and is again when that is back', async () => {
  const { path } = server.copy;
  await rename(path, `${path}-away`);
  expect(await ask('/readyz')).toMatchObject({ status: 503, ready: false, checks: { library: 'unreadable' } });
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
  await rename(`${path}-away`, path);
  expect(await ask('/readyz')).toMatchObject({ status: 200, ready: true });
});

test('it is not ready without its state folder', async () => {
  await rm(`${server.copy.path}/.viewfinder`, { recursive: true });
  expect(await ask('/readyz')).toMatchObject({ status: 503, checks: { library: 'ok', state: 'unwritable' } });
});

test('it answers those alone whom it answers otherwise', async () => {
  const status = await new Promise((resolve) => {
    const headers = { host: 'evil.example' };
    request(`${server.origin}/readyz`, { headers }, (response) => resolve(response.resume().statusCode)).end();
  });
  expect(status).toBe(403);
});

test('it is not ready before it has started', async () => {
  await using starting = createServer((request, response) => {
    void health.answer('/readyz', request, response);
  });
  await new Promise<void>((resolve) => starting.listen(0, '127.0.0.1', resolve));
  const health = new Health(await Library.open(server.copy.path, { models: server.copy.models }));
  const origin = `http://127.0.0.1:${(starting.address() as AddressInfo).port}`;
  expect(await ask('', origin)).toMatchObject({ status: 503, checks: { service: 'starting' } });
});

test('it is not ready while it stops, and answers until what runs has ended', async () => {
  await using models = await openModels([TOUCHY]);
  await using busy = await startServer('items', {}, models);
  const dataset = Buffer.from('Dataset:health_images').toString('base64url');
  await busy.ask(`mutation {
    createEmbeddingTable(input: { dataset: "${dataset}", name: "emb_hang", embeddingFunction: "touchy",
      options: { images: "hang" } }) { __typename }
    computeViewEmbeddings(input: { dataset: "${dataset}", table: "emb_hang" }) { __typename } }`);
  await vi.waitFor(
    async () => {
      const text = await (await fetch(`${busy.origin}/metrics`)).text();
      expect(text).toMatch(/^viewfinder_models_loaded\{plugin="touchy"\} 1$/m);
    },
    { timeout: 20_000 },
  );
  const stopped = busy.stop();
  expect(await ask('/readyz', busy.origin)).toMatchObject({ status: 503, checks: { service: 'stopping' } });
  await stopped;
  await expect(fetch(`${busy.origin}/healthz`)).rejects.toThrow();
});
