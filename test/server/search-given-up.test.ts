import { expect, test } from 'vitest';
import { startServer } from './running-server.ts';

test('searches whose clients have gone are given up, without a word in the log, and others are answered', async () => {
  await using server = await startServer();
  const search = (text: string) => `{ dataset(by: { folder: "health_images" }) {
    search(input: { table: "emb_tiny", query: { text: "${text}" } }, first: 3) { edges { distance } } } }`;
  const kept = server.ask<{ dataset: { search: { edges: unknown[] } } }>(search('one that is waited for'));
  const gone = Array.from({ length: 60 }, async (_, index) => {
    const body = JSON.stringify({ query: search(`text ${index}`) });
    const headers = { 'content-type': 'application/json' };
    await fetch(server.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5 + index) });
  });
  const outcomes = await Promise.allSettled(gone);
  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  expect((await kept).data?.dataset.search.edges).toHaveLength(3);
  expect(
    (await server.ask<{ dataset: { search: { edges: unknown[] } } }>(search('and another'))).errors,
  ).toBeUndefined();
  expect(server.log).toEqual([]);
});
