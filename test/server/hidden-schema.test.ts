import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

const SUGGESTED: readonly [string, string, object?][] = [
  ['a field', '{ librari { name } }'],
  ['a field of another type', '{ node(id: "x") { name } }'],
  ['an argument', '{ node(idd: "x") { id } }'],
  ['a type', '{ node(id: "x") { ... on Datase { id } } }'],
  ['an input field', '{ dataset(by: { foldr: "x" }) { id } }'],
  ['a value', '{ embeddingJobs(states: [RUNING]) { totalCount } }'],
  [
    'a value of a variable',
    'query ($s: [EmbeddingJobState!]) { embeddingJobs(states: $s) { totalCount } }',
    { s: ['RUNING'] },
  ],
  ['a field of a variable', 'query ($by: DatasetBy!) { dataset(by: $by) { id } }', { by: { foldr: 'x' } }],
  ['what a field has', '{ library }'],
];

describe('a service that does not tell its schema', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer('items', { introspection: false });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Messages of the errors, over HTTP and over WebSocket. */
  async function errorsOf(query: string, variables: object = {}): Promise<string[]> {
    const { errors: overHttp = [] } = await server.ask(query, variables);
    const messages: string[] = overHttp.map(({ message }) => message);
    try {
      const [result] = await Array.fromAsync(server.webSocket().iterate({ query, variables: { ...variables } }));
      messages.push(...(result?.errors ?? []).map(({ message }) => message));
    } catch (errors) {
      for (const { message } of errors as { message: string }[]) messages.push(message);
    }
    return messages;
  }

  test.each(['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }', getIntrospectionQuery()])(
    'refuses %s',
    async (query) => {
      const messages = await errorsOf(query);
      expect(messages.length).toBeGreaterThanOrEqual(2);
      for (const message of messages) expect(message).toContain('introspection has been disabled');
    },
  );

  test.each(SUGGESTED)('does not suggest the name of %s', async (_what, query, variables) => {
    const messages = await errorsOf(query, variables);
    expect(messages.length).toBeGreaterThanOrEqual(2);
    for (const message of messages) expect(message).not.toMatch(/did you mean/i);
  });

  test('answers all else, __typename included', async () => {
    expect(await server.ask('{ __typename library { __typename } }')).toEqual({
      data: { __typename: 'Query', library: { __typename: 'Library' } },
    });
  });
});

test('a service that tells its schema suggests each', async () => {
  await using server = await startServer();
  for (const [what, query, variables = {}] of SUGGESTED) {
    const { errors } = await server.ask(query, variables);
    expect([what, errors?.[0]?.message]).toEqual([what, expect.stringMatching(/Did you mean .*\?$/)]);
  }
});
