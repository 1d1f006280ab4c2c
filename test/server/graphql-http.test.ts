import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const audits = serverAudits({ url: () => server.url, fetchFn: fetch });

/** What GraphQL over HTTP asks of a server, MUST and SHOULD and MAY: there is no notice and no warning to explain. */
describe('GraphQL over HTTP:', () => {
  test('its audits are all there', () => {
    expect(audits.length).toBeGreaterThanOrEqual(61);
  });

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (_id, _name, audit) => {
    const { status, ...result } = await audit.fn();
    expect({ status, reason: 'reason' in result ? result.reason : '' }).toEqual({ status: 'ok', reason: '' });
  });
});
