import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Metrics } from '../../src/server/metrics.ts';
import { postJson, startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Each sample by its name and labels, as Prometheus reads them. */
async function samples(): Promise<Map<string, number>> {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const inDataset = (selection: string) => `{ dataset(by: { folder: "health_images" }) { ${selection} } }`;

describe('the metrics', () => {
  test('are in the text format of Prometheus, and of this very moment', async () => {
    const response = await fetch(`${server.origin}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(/^# HELP \w+ .+\n# TYPE \w+ (counter|gauge|histogram)\n/);
    expect((await fetch(`${server.origin}/metrics`, { method: 'POST' })).status).toBe(405);
    expect(await (await fetch(`${server.origin}/metrics`, { method: 'HEAD' })).text()).toBe('');
  });

  test('are only for those whom the service answers', async () => {
    const status = await new Promise((resolve) => {
      const headers = { host: 'evil.example' };
      request(`${server.origin}/metrics`, { headers }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(403);
  });

  test('tell the steps of searches', async () => {
    await server.ask(inDataset('search(input: { table: "emb_tiny", query: { text: "cells" } }) { nodes { id } }'));
    const found = await samples();
    for (const step of ['embed', 'search', 'fetch']) {
      expect(found.get(`viewfinder_search_step_duration_seconds_count{step="${step}",index="exact"}`)).toBe(1);
    }
    expect(found.get('viewfinder_searches_total{index="exact",nprobes="",refine=""}')).toBe(1);
    expect(found.get('viewfinder_search_candidates_total{index="exact"}')).toBeGreaterThan(0);
    expect(found.get('viewfinder_search_step_duration_seconds_sum{step="embed",index="exact"}')).toBeGreaterThan(0);
  });

  test('tell which index a search used, and how it was asked', async () => {
    const metrics = new Metrics();
    const took = { candidates: 200, embedMs: 5, searchMs: 2, fetchMs: 1 };
    metrics.searched({ ...took, index: { type: 'IVF_FLAT', nprobes: 20 } });
    metrics.searched({ ...took, index: { type: 'IVF_PQ', nprobes: 40, refineFactor: 10 } });
    const text = await metrics.registry.metrics();
    expect(text).toContain('viewfinder_searches_total{index="IVF_FLAT",nprobes="20",refine=""} 1');
    expect(text).toContain('viewfinder_searches_total{index="IVF_PQ",nprobes="40",refine="10"} 1');
    expect(text).toContain('viewfinder_search_candidates_total{index="IVF_PQ"} 200');
    expect(text).toContain('viewfinder_search_step_duration_seconds_sum{step="search",index="IVF_FLAT"} 0.002');
  });

  test('tell operations by type and outcome, over HTTP and WebSocket', async () => {
    const count = async (type: string, outcome: string) =>
      (await samples()).get(
        `viewfinder_graphql_operation_duration_seconds_count{type="${type}",outcome="${outcome}"}`,
      ) ?? 0;
    const ok = await count('query', 'ok');
    await server.ask('{ library { name } }');
    const socket = server.webSocket();
    for await (const _result of socket.iterate({ query: '{ library { name } }' }));
    await socket.dispose();
    expect(await count('query', 'ok')).toBe(ok + 2);
    await server.ask(inDataset('items(first: 501) { totalCount }'));
    await server.ask('mutation { cancelEmbeddingJob(id: "x") { __typename } }');
    await server.ask('{ nothing }');
    await postJson(server.url, { query: '{' });
    expect([await count('query', 'error'), await count('mutation', 'ok'), await count('query', 'refused')]).toEqual([
      1, 1, 1,
    ]);
    expect(await count('unknown', 'refused')).toBe(1);
  });

  test('tell media and thumbnails by status and by where they were had from', async () => {
    const { data } = await server.ask<{ dataset: { views: { nodes: { mediaUrl: string; thumbnailUrl: string }[] } } }>(
      inDataset('views(first: 1) { nodes { mediaUrl thumbnailUrl } }'),
    );
    const [view] = data.dataset.views.nodes;
    const get = async (path = '') => (await fetch(server.origin + path)).bytes();
    await get(view?.mediaUrl);
    await get(view?.thumbnailUrl);
    await get('/media/health_images/image/gone');
    await vi.waitFor(async () => {
      const found = await samples();
      const requests = (kind: string, status: number) =>
        found.get(`viewfinder_media_request_duration_seconds_count{kind="${kind}",status="${status}"}`);
      expect([requests('media', 200), requests('thumbnail', 200), requests('media', 404)]).toEqual([1, 1, 1]);
      expect(found.get('viewfinder_thumbnails_total{source="made"}')).toBe(1);
    });
  });

  test('tell jobs by state, and the views that they have embedded', async () => {
    const { data } = await server.ask<{ dataset: { id: string } }>(inDataset('id'));
    await server.ask(
      `mutation ($dataset: ID!) { computeViewEmbeddings(input: { dataset: $dataset, table: "emb_tiny", recompute: true }) { __typename } }`,
      { dataset: data.dataset.id },
    );
    await vi.waitFor(
      async () => {
        const found = await samples();
        expect(found.get('viewfinder_jobs{state="SUCCEEDED"}')).toBe(1);
        expect(found.get('viewfinder_jobs{state="RUNNING"}')).toBe(0);
        expect(found.get('viewfinder_views_embedded_total')).toBe(12);
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  test('tell what waits for jobs, and the memory of models', async () => {
    await server.ask(inDataset('search(input: { table: "emb_tiny", query: { text: "cells" } }) { nodes { id } }'));
    const found = await samples();
    expect(found.get('viewfinder_views_waiting')).toBe(0);
    expect(found.get('viewfinder_views_per_second')).toBe(0);
    expect(found.get('viewfinder_models_loaded{plugin="open-clip"}')).toBe(1);
    expect(found.get('viewfinder_models_loaded{plugin="siglip"}')).toBe(0);
    expect(found.get('viewfinder_http_requests_total{for="graphql",status="200"}')).toBeGreaterThan(0);
    if (process.platform !== 'linux') return;
    expect(found.get('viewfinder_model_memory_bytes{plugin="open-clip"}')).toBeGreaterThan(10_000_000);
  });

  test('tell of the process', async () => {
    const found = await samples();
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(found.get('process_start_time_seconds')).toBeLessThanOrEqual(Date.now() / 1000);
    expect(found.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  });

  test('are those of one service alone', async () => {
    await using other = await startServer();
    await other.ask('{ library { name } }');
    const text = await (await fetch(`${other.origin}/metrics`)).text();
    expect(text).toContain('viewfinder_graphql_operation_duration_seconds_count{type="query",outcome="ok"} 1');
  });
});
