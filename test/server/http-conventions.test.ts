import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const RESPONSE = 'application/graphql-response+json';
const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}?${new URLSearchParams({ query })}`, { headers });

test.each(['PUT', 'DELETE', 'PATCH'])('%s is not allowed, and the answer says what is', async (method) => {
  const response = await fetch(server.url, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringContaining(method) }] });
});

test('OPTIONS tells what is allowed', async () => {
  const response = await fetch(server.url, { method: 'OPTIONS' });
  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
});

test('HEAD is answered as GET is, without the body', async () => {
  const url = `${server.url}?${new URLSearchParams({ query: '{ __typename }' })}`;
  const [head, whole] = [await fetch(url, { method: 'HEAD' }), await fetch(url)];
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
  expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'));
});

test('a request without a query is told how to ask', async () => {
  for (const response of [
    await fetch(server.url),
    await postJson(server.url, {}),
    await postJson(server.url, { query: '' }),
  ]) {
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringContaining('"query"') }] });
  }
});

test.each([
  ['is of another type', { filter: 'cells' }],
  ['has a field too many', { filter: { nothing: 1 } }],
])('a value of a variable that %s is refused with a code', async (_what, variables) => {
  const query = `query ($filter: Filter) { dataset(by: { folder: "health_images" }) { items(filter: $filter) { totalCount } } }`;
  const { errors } = await (await postJson(server.url, { query, variables })).json();
  expect(errors[0].message).toContain('$filter');
  for (const { extensions } of errors) expect(extensions).toEqual({ code: 'BAD_REQUEST' });
});

describe('what a client accepts decides', () => {
  test.each([
    [RESPONSE, RESPONSE],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    [`${RESPONSE}, application/json;q=0.9`, RESPONSE],
    ['text/event-stream', 'text/event-stream'],
  ])('the type of the answer: %s gives %s', async (accept, type) => {
    const response = await postJson(server.url, { query: '{ __typename }' }, { accept });
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toContain('"__typename":"Query"');
  });

  test.each([
    ['an operation that cannot be', '{ nope }', 400],
    ['a document that is none', '{', 400],
    ['a field that fails', '{ dataset(by: { folder: "health_images" }) { items(first: 501) { totalCount } } }', 200],
    ['a field that fails, and leaves nothing', '{ library { datasets(first: 501) { totalCount } } }', 200],
  ])('the status of %s', async (_what, query, status) => {
    expect((await postJson(server.url, { query }, { accept: RESPONSE })).status).toBe(status);
    expect((await postJson(server.url, { query }, { accept: 'application/json' })).status).toBe(200);
    expect((await get(query, { accept: RESPONSE })).status).toBe(status);
  });

  test('that there is none', async () => {
    expect((await postJson(server.url, { query: '{ __typename }' }, { accept: 'application/xml' })).status).toBe(406);
  });
});

test('a body of a type that is unknown is refused', async () => {
  const response = await postJson(server.url, { query: '{ __typename }' }, { 'content-type': 'application/xml' });
  expect(response.status).toBe(415);
});

test('a connection is kept for the next request', async () => {
  const response = await get('{ __typename }');
  expect(response.headers.get('connection')).toBe('keep-alive');
});

test('a service without GraphiQL answers a browser as it answers all others', async () => {
  await using other = await startServer('items', { graphiql: false });
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const page = await fetch(other.url, { headers });
  expect(page.status).toBe(400);
  expect(await page.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  const answer = await fetch(`${other.url}?${new URLSearchParams({ query: '{ __typename }' })}`, { headers });
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
});
