import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { EmbeddingJob } from '../../src/jobs/embedding-job.ts';
import { run, start } from './run.ts';
import { type SlowLibrary, slowLibrary } from './slow-library.ts';

const VIEWS = 300;

let library: SlowLibrary;
afterEach(() => library[Symbol.asyncDispose]());

async function serve(...flags: string[]) {
  const command = start(['serve', '--port', '0', ...library.flags, ...flags]);
  const url = (await command.line()).replace('Viewfinder is ready at ', '');
  const ask = async (query: string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return JSON.parse(await response.text());
  };
  const end = async (signal: NodeJS.Signals) => {
    command.process.kill(signal);
    return (await command.outcome).code;
  };
  return { ask, end };
}

async function begin(ask: (query: string) => Promise<{ data: unknown }>): Promise<void> {
  const dataset = Buffer.from('Dataset:health_images').toString('base64url');
  const { data } = await ask(`mutation {
    computeViewEmbeddings(input: { dataset: "${dataset}", table: "emb" }) { __typename }
  }`);
  expect(data).toEqual({ computeViewEmbeddings: { __typename: 'ComputeViewEmbeddingsPayload' } });
}

async function settle(ask: (query: string) => Promise<{ data: { embeddingJobs: { nodes: EmbeddingJob[] } } }>) {
  for (;;) {
    const { data } = await ask('{ embeddingJobs { nodes { state total embedded skipped failed } } }');
    const [job] = data.embeddingJobs.nodes;
    if (job?.state !== 'QUEUED' && job?.state !== 'RUNNING') return data.embeddingJobs.nodes;
    await delay(50);
  }
}

test('serve goes on with its job after it was killed or stopped, as one job whose counters never go back', async () => {
  library = await slowLibrary(VIEWS, 60);
  expect((await run([...library.embed, '--limit', '1'])).code).toBe(0);
  const signals = ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const;
  let embedded = 0;
  for (const [index, signal] of signals.entries()) {
    const service = await serve();
    if (index === 0) await begin(service.ask);
    await delay(100 + Math.random() * 400);
    expect(await service.end(signal)).toBe(signal === 'SIGKILL' ? null : 0);
    await using jobs = library.openJobs();
    const [job] = jobs.list({ first: 1 });
    expect(job).toMatchObject({ state: 'INTERRUPTED', total: VIEWS, failed: 0 });
    expect(job?.embedded).toBeGreaterThanOrEqual(embedded);
    embedded = job?.embedded ?? VIEWS;
    expect((await library.rows()).length).toBeGreaterThanOrEqual(embedded + 1);
  }
  const service = await serve();
  const counts = { total: VIEWS, embedded: VIEWS - 1, skipped: 1, failed: 0 };
  const first = { state: 'SUCCEEDED', total: 1, embedded: 1, skipped: 0, failed: 0 };
  expect(await settle(service.ask)).toEqual([{ state: 'SUCCEEDED', ...counts }, first]);
  expect(await service.end('SIGTERM')).toBe(0);
  const rows = await library.rows();
  expect([rows.length, new Set(rows).size]).toEqual([VIEWS, VIEWS]);
}, 60_000);

test('serve leaves them where it is told to, and what embed began in any case', async () => {
  library = await slowLibrary(60, 100);
  const embedding = start([...library.embed, '--json']);
  await embedding.line();
  embedding.process.kill('SIGKILL');
  await embedding.outcome;
  const first = await serve();
  expect(await settle(first.ask)).toMatchObject([{ state: 'INTERRUPTED' }]);
  await begin(first.ask);
  expect(await first.end('SIGKILL')).toBeNull();
  const second = await serve('--no-resume');
  expect(await settle(second.ask)).toMatchObject([{ state: 'INTERRUPTED' }, { state: 'INTERRUPTED' }]);
  expect(await second.end('SIGTERM')).toBe(0);
}, 60_000);
