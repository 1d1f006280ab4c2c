import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test.each([900, 1_200, 1_500, 1_900, 200_000])(
  'a document with %d lists within each other is answered or refused',
  async (levels) => {
    for (const end of [']'.repeat(levels), '']) {
      const value = `${'['.repeat(levels)}${end}`;
      const { data, errors } = await server.ask<unknown>(`{
      dataset(by: { folder: "x" }) { items(filter: { column: { name: "id", is: { in: ${value} } } }) { totalCount } }
    }`);
      expect(errors === undefined ? data : errors).toBeDefined();
      expect(server.log).toEqual([]);
    }
  },
);
