import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const TYPENAME = { query: '{ __typename }' };

function post(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url, { method: 'POST', headers, body });
}

describe('a request that a page of another site can send without asking', () => {
  const mutation = JSON.stringify({ query: 'mutation { __typename }' });
  const form = new FormData();
  form.set('operations', mutation);
  form.set('map', '{}');

  test.each<[string, BodyInit, Record<string, string>]>([
    ['as text', mutation, { 'content-type': 'text/plain' }],
    ['as text that looks like JSON', mutation, { 'content-type': 'text/plain; application/json' }],
    ['as a form', new URLSearchParams({ query: 'mutation { __typename }' }), {}],
    ['as a form of several parts', form, {}],
    ['as bytes without a type', new Blob([mutation]), {}],
  ])('%s is refused', async (_how, body, headers) => {
    const response = await post(body, headers);
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('Mutation');
  });

  test('as a GET is answered where it is a query, and refused where it is a mutation', async () => {
    const query = await fetch(`${server.url}?${new URLSearchParams(TYPENAME)}`);
    expect(await query.json()).toEqual({ data: { __typename: 'Query' } });
    const mutation = await fetch(`${server.url}?${new URLSearchParams({ query: 'mutation { __typename }' })}`);
    expect(mutation.status).toBe(405);
    expect(await mutation.text()).not.toContain('data');
  });
});

test('JSON is answered, with headers that keep browsers from misusing the answer', async () => {
  const response = await postJson(server.url, TYPENAME);
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-site',
  });
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

describe('an error', () => {
  test('of ours has a code, and the way to what is wrong', async () => {
    const { errors } = await server.ask(
      '{ dataset(by: { folder: "health_images" }) { items(first: 501) { totalCount } } }',
    );
    expect(errors).toMatchObject([
      { path: ['dataset', 'items'], extensions: { code: 'INVALID_INPUT', issues: [{ path: ['first'] }] } },
    ]);
  });

  test.each(['//', '//evil.example/x', '/%ff', '/nowhere', '/graphql/x'])(
    'of the address %s says no more than that',
    async (path) => {
      const response = await fetch(server.origin + path);
      expect([400, 404]).toContain(response.status);
      expect(await response.text()).not.toMatch(/Error|at /);
    },
  );

  test.each(['http://127.0.0.1/graphql', '*'])(
    'of the address %s, as a proxy sends it, shows no stack',
    async (path) => {
      const body = await new Promise<string>((resolve, reject) => {
        request(server.origin, { path, agent: false }, (response) => {
          expect(response.statusCode).toBe(400);
          response.setEncoding('utf8').once('data', resolve);
        })
          .on('error', reject)
          .end();
      });
      expect(body).toBe('The address of the request cannot be read.\n');
    },
  );

  test.each([
    [
      'of files that cannot be read',
      'health_images/db/item.lance/data',
      '{ dataset(by: { folder: "health_images" }) { items { nodes { id } } } }',
      'TABLE_UNREADABLE',
    ],
    ['that nobody foresaw', '.', '{ library { datasets { totalCount } } }', 'INTERNAL_SERVER_ERROR'],
  ])('%s tells the client nothing, and the log all', async (_what, folder, query, code) => {
    await rm(join(server.copy.path, folder), { recursive: true });
    const text = await (await postJson(server.url, { query })).text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(text).not.toMatch(/\/|stack|lance|\.ts/);
    expect(server.log.at(-1)).toMatchObject({
      level: 'error',
      fields: { err: { message: expect.stringContaining(server.copy.path) } },
    });
  });
});
