import { expect, test } from 'vitest';
import { postJson, startServer } from './running-server.ts';

const PAGE = (args: string) => `{ dataset(by: { folder: "health_images" }) { items(${args}) { nodes { id } } } }`;

test('limits are those that are set, and the others the usual ones', async () => {
  await using server = await startServer('items', { limits: { depth: 4, pageSize: 60, batch: 2 } });
  const { errors: deep } = await server.ask(`{ library { datasets { nodes { items { totalCount } } } } }`);
  expect(deep).toMatchObject([{ message: expect.stringContaining('5 levels of fields, and at most 4 are allowed') }]);
  const { errors: long } = await server.ask(PAGE('first: 61'));
  expect(long).toMatchObject([{ message: '"first" must be between 0 and 60, not 61.' }]);
  expect((await server.ask(PAGE('first: 60'))).errors).toBeUndefined();
  const { errors: many } = await server.ask(`{ nodes(ids: ${JSON.stringify(Array(61).fill('x'))}) { id } }`);
  expect(many).toMatchObject([{ message: 'At most 60 ids may be given, not 61.' }]);
});

test('arrays of operations are answered where they are allowed, subscriptions among them apart', async () => {
  await using server = await startServer('items', { limits: { batch: 2 } });
  const query = { query: '{ __typename }' };
  const two = await postJson(server.url, [query, { query: 'subscription { embeddingJobs { cursor } }' }]);
  expect(await two.json()).toMatchObject([
    { data: { __typename: 'Query' } },
    { errors: [{ message: expect.stringContaining('send it on its own'), extensions: { code: 'BAD_REQUEST' } }] },
  ]);
  const three = await postJson(server.url, [query, query, query]);
  expect(await three.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('2 operations, and not 3') }],
  });
});

test('the bytes of a request are limited whether files could come with it or not', async () => {
  await using server = await startServer('items', { limits: { body: Math.floor(0.01 * 1024 * 1024) } });
  const operations = { query: '{ __typename }', variables: { long: 'x'.repeat(11_000) } };
  const form = new FormData();
  form.set('operations', JSON.stringify(operations));
  form.set('map', '{}');
  const headers = { 'x-graphql-yoga-csrf': 'yes' };
  for (const response of [
    await postJson(server.url, operations),
    await fetch(server.url, { method: 'POST', headers, body: form }),
  ]) {
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('may have 0.01 MB beside a file');
  }
});
