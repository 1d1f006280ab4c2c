import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
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

/** A POST that says nothing of its length. */
function postChunks(chunk: string, count: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const outgoing = request(server.url, { method: 'POST', headers, agent: false }, (response) => {
      resolve(response.statusCode);
      response.resume();
    });
    outgoing.on('error', reject);
    for (let sent = 0; sent < count; sent++) outgoing.write(chunk);
    outgoing.end();
  });
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

describe('a request is limited', () => {
  test('in its length, said or not', async () => {
    const long = await postJson(server.url, { ...TYPENAME, variables: { text: 'x'.repeat(2_000_000) } });
    expect(long.status).toBe(413);
    expect(await postChunks('x'.repeat(100_000), 21)).toBe(413);
    const allowed = await postJson(server.url, { ...TYPENAME, variables: { text: 'x'.repeat(1_900_000) } });
    expect(allowed.status).toBe(200);
  });

  test('in the depth of its variables', async () => {
    const deep = (levels: number) =>
      `{"query": "{ __typename }", "variables": ${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    const post = (body: string) =>
      fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect((await post(deep(64))).status).toBe(200);
    for (const levels of [65, 10_000, 200_000]) {
      const response = await post(deep(levels));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringContaining('64 levels') }] });
    }
  });

  const nested = (depth: number): string => (depth === 0 ? 'id' : `item { views { nodes { ${nested(depth - 1)} } } }`);

  test.each([
    ['in its depth', `{ dataset(by: { folder: "x" }) { views { nodes { ${nested(5)} } } } }`, 'depth 19 of at most 16'],
    [
      'in its fields',
      `{ ${Array.from({ length: 301 }, (_, i) => `a${i}: __typename`).join(' ')} library { name } }`,
      'fields 303 of 300',
    ],
    [
      'in its cost',
      `{ dataset(by: { folder: "x" }) { items(first: 500) { nodes { views(first: 500) { nodes { id } } } } } }`,
      'of 60000',
    ],
    [
      'in the nodes that it names',
      `{ nodes(ids: ${JSON.stringify(Array.from({ length: 500 }, () => 'x'))}) { ... on Item { views(first: 200) { nodes { id } } } } }`,
      'of 60000',
    ],
    ['in its words', `{ ${'__typename '.repeat(3000)} }`, '2000 tokens'],
    [
      'in how deep it asks for the schema',
      `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} }'.repeat(8)} } } }`,
      'introspection depth',
    ],
  ])('%s', async (_what, query, message) => {
    const { data, errors } = await server.ask<{ dataset?: null } | null | undefined>(query);
    expect(errors?.[0]?.message).toContain(message);
    expect(data?.dataset ?? null).toBeNull();
  });

  test('so that a page of 100 items with all that belongs to them passes', async () => {
    const { errors } = await server.ask(`{ dataset(by: { folder: "health_images" }) { items(first: 100) { nodes {
      id attributes
      views(first: 10) { nodes { id mediaUrl thumbnailUrl embeddings(first: 4) { nodes { id table { name } } } } }
    } } } }`);
    expect(errors).toBeUndefined();
  });

  test('so that tools can read the schema, and the tutorial passes', async () => {
    const { errors } = await server.ask(getIntrospectionQuery());
    expect(errors).toBeUndefined();
    const tutorial = await readFile(new URL('../../src/server/tutorial.graphql', import.meta.url), 'utf8');
    for (const query of tutorial.split(/^# \d\..*$/m).filter((each) => /^(query|mutation)/m.test(each))) {
      const input = { dataset: 'x', name: 'x', embeddingFunction: 'x' };
      const variables = query.includes('mutation CreateTable')
        ? { input }
        : { folder: 'x', input: { dataset: 'x', table: 'x', query: { text: 'x' } } };
      const { errors } = await server.ask(query, variables);
      expect(JSON.stringify(errors ?? '')).not.toContain('asks for too much');
    }
  });
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
