import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const INNER = '{ embeddingJobs { cursor } }';

describe('what a subscription follows', () => {
  test.each([
    'subscription { embeddingJobs @include(if: false) { cursor } }',
    'subscription { embeddingJobs @skip(if: true) { cursor } }',
    `subscription { ... @include(if: false) ${INNER} }`,
    `subscription { ...follow @skip(if: true) } fragment follow on Subscription ${INNER}`,
    'subscription { ...follow } fragment follow on Subscription { ... { embeddingJobs @skip(if: true) { cursor } } }',
  ])('is not left to a condition: %s', async (query) => {
    const { errors } = await server.ask(query);
    expect(errors?.[0]?.message).toContain('not left to "@skip" or "@include"');
    expect(server.log).toEqual([]);
  });

  test('but what is told of it is', async () => {
    const query = 'subscription { embeddingJob(id: "gone") { cursor @include(if: false) } }';
    const { errors } = await server.ask(query);
    expect(errors?.[0]?.message ?? '').not.toContain('@include');
  });
});
