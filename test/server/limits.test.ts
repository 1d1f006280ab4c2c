import { on } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { LIMITED } from './limited-documents.ts';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** As the one media type that has a status for what is refused. */
const GRAPHQL = { accept: 'application/graphql-response+json' };

interface Refused {
  readonly errors: readonly { readonly message: string; readonly extensions: object }[];
}

/** What a client over WebSocket is told of an operation. */
async function overWebSocket(query: string, variables: object): Promise<unknown> {
  const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  const messages = on(socket, 'message');
  const next = async () => JSON.parse(String((await messages.next()).value?.[0]));
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await next();
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query, variables } }));
  const { type, payload } = await next();
  socket.close();
  return type === 'error' ? { errors: payload } : payload;
}

describe('an operation is limited in its', () => {
  test.each(LIMITED)('$what, over HTTP', async ({ query, variables, limit, says }) => {
    const response = await postJson(server.url, { query, variables }, GRAPHQL);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as Refused;
    expect(errors).toHaveLength(1);
    expect(errors).toMatchObject([{ message: expect.stringContaining(says), extensions: { code: 'LIMIT_EXCEEDED' } }]);
    if (limit === undefined) return;
    expect(errors[0]).toMatchObject({ message: expect.stringContaining(`"limits.${limit}"`), extensions: { limit } });
  });

  test.each(LIMITED)('$what, over WebSocket', async ({ query, variables = {}, says }) => {
    expect(await overWebSocket(query, variables)).toMatchObject({
      errors: [{ message: expect.stringContaining(says), extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  test('levels of variables, though they are hundreds of thousands', async () => {
    const variables = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
    const body = `{"query": "{ __typename }", "variables": ${variables}}`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(server.url, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringContaining('64 levels') }] });
  });

  test('lists, though a file of a multipart request is put at a place far behind their end', async () => {
    const form = new FormData();
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    form.set('operations', JSON.stringify({ query, variables: { ids: [] } }));
    form.set('map', JSON.stringify({ 0: ['variables.ids.4294967294'] }));
    form.set('0', new Blob(['x']));
    const headers = { 'x-graphql-yoga-csrf': 'yes' };
    const response = await fetch(server.url, { method: 'POST', headers, body: form });
    expect(response.status).toBe(400);
  });
});

test('a fragment that spreads itself is refused by that alone', async () => {
  const fragments = Array.from(
    { length: 60 },
    (_, i) => `fragment V${i} on View { item { views { nodes { ...V${(i + 1) % 60} ...V${(i + 2) % 60} } } } }`,
  );
  const { errors } = await server.ask(
    `{ dataset(by: { folder: "x" }) { views { nodes { ...V0 } } } } ${fragments.join(' ')}`,
  );
  expect(errors?.map(({ message }) => message).join()).toMatch(/Cannot spread fragment "V\d+" within itself/);
});

describe('what passes', () => {
  test('is a page of 100 items with all that belongs to them', async () => {
    const { errors } = await server.ask(`{ dataset(by: { folder: "health_images" }) { items(first: 100) { nodes {
      id attributes
      views(first: 10) { nodes { id mediaUrl thumbnailUrl embeddings(first: 4) { nodes { id table { name } } } } }
    } } } }`);
    expect(errors).toBeUndefined();
  });

  test("is what tools ask to read the schema, GraphiQL's too", async () => {
    const all = {
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
    };
    for (const query of [getIntrospectionQuery(), getIntrospectionQuery({ ...all, oneOf: true })]) {
      expect((await server.ask(query)).errors).toBeUndefined();
    }
  });

  test('are the operations of the tutorial', async () => {
    const tutorial = await readFile(new URL('../../src/server/tutorial.graphql', import.meta.url), 'utf8');
    const operations = tutorial.split(/^# \d\..*$/m).filter((each) => /^(query|mutation)/m.test(each));
    expect(operations.length).toBeGreaterThan(4);
    for (const query of operations) {
      const input = query.includes('mutation CreateTable')
        ? { dataset: 'x', name: 'x', embeddingFunction: 'x' }
        : { dataset: 'x', table: 'x', query: { text: 'x' } };
      const { errors } = await server.ask(query, { folder: 'x', input });
      expect(JSON.stringify(errors ?? '')).not.toContain('LIMIT_EXCEEDED');
    }
  });
});

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

describe('a request is limited', () => {
  test('in its length, said or not', async () => {
    const query = '{ __typename }';
    const long = await postJson(server.url, { query, variables: { text: 'x'.repeat(2_200_000) } });
    expect(long.status).toBe(413);
    expect(await long.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('2 MB'), extensions: { code: 'REQUEST_ENTITY_TOO_LARGE' } }],
    });
    expect(await postChunks('x'.repeat(100_000), 22)).toBe(413);
    const allowed = await postJson(server.url, { query, variables: { text: 'x'.repeat(1_900_000) } });
    expect(allowed.status).toBe(200);
  });

  test('to one operation', async () => {
    const response = await postJson(server.url, [{ query: '{ __typename }' }], GRAPHQL);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [
        { message: expect.stringContaining('Arrays of operations are not taken'), extensions: { limit: 'batch' } },
      ],
    });
  });

  test.each<[string, Record<string, string | Blob>]>([
    ['lacks its operations', { map: '{}' }],
    ['has operations that are no JSON', { operations: '{', map: '{}' }],
    ['has a file where its operations should be', { operations: new Blob(['{}']), map: '{}' }],
    ['has a map that is no JSON', { operations: '{}', map: '{' }],
    ['maps to what is no list', { operations: '{}', map: '{"0": 1}' }],
    ['maps into nothing', { operations: 'null', map: '{"0": ["variables.image"]}' }],
  ])('to what can be read: not a multipart request that %s', async (_what, fields) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const headers = { 'x-graphql-yoga-csrf': 'yes' };
    const response = await fetch(server.url, { method: 'POST', headers, body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('in what is no file of a multipart request', async () => {
    const form = new FormData();
    form.set('operations', JSON.stringify({ query: '{ __typename }', variables: { text: 'x'.repeat(1_500_000) } }));
    form.set('map', '{}');
    const headers = { 'x-graphql-yoga-csrf': 'yes' };
    const response = await fetch(server.url, { method: 'POST', headers, body: form });
    expect(response.status).toBe(413);
  });
});

test('long texts of a client are not repeated whole', async () => {
  const long = 'x'.repeat(5_000);
  const asked = [
    `items(after: "${long}") { totalCount }`,
    `items(orderBy: [{ column: "id" }], after: "${long}") { totalCount }`,
    `items(filter: { column: { name: "${long}", is: { isNull: true } } }) { totalCount }`,
    `search(input: { query: { text: "x" } }, after: "${long}") { nodes { id } }`,
    `search(input: { query: { view: "${long}" } }) { nodes { id } }`,
  ];
  for (const field of asked) {
    const { errors } = await server.ask(`{ dataset(by: { folder: "health_images" }) { ${field} } }`);
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
    expect(JSON.stringify(errors).length).toBeLessThan(2_000);
  }
});
