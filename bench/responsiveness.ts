/**
 * How quickly the server answers `{ __typename }` while a job computes and while searches run,
 * beside how quickly it answers when it has nothing else to do; and how quickly it answers a
 * search for a text while a job computes.
 *
 *   npm run -s bench:responsiveness -- [--images 512] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { itemsLibrary, MODELS } from './items-library.ts';

const { values } = parseArgs({ options: { images: { type: 'string', default: '512' }, json: { type: 'boolean' } } });
const images = Number(values.images);

await using library = await itemsLibrary(images);
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const flags = ['--port', '0', '--library', library.path, '--media', library.media, '--models', MODELS];
const server = spawn(process.execPath, [main, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
const [line] = await once(server.stdout, 'data');
const url = /http:\S+/.exec(String(line))?.[0] ?? '';

const ask = async (query: string, variables: object = {}) => {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};

/** Milliseconds of each answer, one every 10 ms, until the work has ended. */
async function latencies(work: Promise<unknown>): Promise<number[]> {
  let ended = false;
  work.finally(() => {
    ended = true;
  });
  const samples: number[] = [];
  while (!ended) {
    const started = performance.now();
    await ask('{ __typename }');
    samples.push(performance.now() - started);
    await delay(10);
  }
  await work;
  return samples.sort((a, b) => a - b);
}

const at = (samples: number[], share: number) => samples[Math.floor((samples.length - 1) * share)] ?? Number.NaN;
const summary = (samples: number[]) => ({
  samples: samples.length,
  p50Ms: at(samples, 0.5),
  p99Ms: at(samples, 0.99),
  maxMs: at(samples, 1),
  within20Ms: samples.filter((each) => each <= 20).length / samples.length,
});

const dataset = '{ dataset(by: { folder: "health_images" }) { id } }';
const { id } = (await ask(dataset)).dataset;
const search = (text: string) =>
  ask(
    `query ($text: String!) { dataset(by: { folder: "health_images" }) {
      search(input: { table: "emb_tiny", query: { text: $text } }, first: 10) { edges { distance } } } }`,
    { text },
  );
await search('warm up');
await latencies(delay(1000));
const idle = summary(await latencies(delay(3000)));
const searching = summary(
  await latencies(
    (async () => {
      for (let index = 0; index < 200; index++) await search(`search ${index}`);
    })(),
  ),
);
const started = await ask(
  `mutation ($dataset: ID!) { computeViewEmbeddings(input: { dataset: $dataset, table: "emb_tiny" }) {
    ... on ComputeViewEmbeddingsPayload { job { id } } } }`,
  { dataset: id },
);
const job = started.computeViewEmbeddings.job.id;
const searches: number[] = [];
const computing = summary(
  await latencies(
    (async () => {
      for (;;) {
        await delay(100);
        const asked = performance.now();
        await search(`while it computes ${searches.length}`);
        searches.push(performance.now() - asked);
        const { embeddingJob } = await ask('query ($id: ID!) { embeddingJob(id: $id) { state } }', { id: job });
        if (embeddingJob.state !== 'RUNNING' && embeddingJob.state !== 'QUEUED') return;
      }
    })(),
  ),
);
server.kill('SIGTERM');
await once(server, 'exit');

const textSearch = {
  ...summary(searches.sort((a, b) => a - b)),
  within100Ms: searches.filter((each) => each <= 100).length / searches.length,
};
const result = { images, idle, searching, computing, textSearch, ratio: computing.p50Ms / idle.p50Ms };
if (values.json) console.log(JSON.stringify(result));
else {
  console.table({ idle, searching, computing });
  const share = (textSearch.within100Ms * 100).toFixed(0);
  console.log(
    `A text search while it computes takes ${textSearch.p50Ms.toFixed(0)} ms; ${share} % take at most 100 ms.`,
  );
  console.log(`While it computes, the median answer takes ${result.ratio.toFixed(2)} times as long as when idle.`);
}
