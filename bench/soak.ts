/**
 * Minutes of mixed load on the real service: searches by texts and filters, pages of items, thumbnails, a job that
 * computes and is begun again when it has ended, 200 subscribers, and clients that keep going away. There must be no
 * error, and the memory of the service is to stay as it is.
 *
 *   npm run -s bench:soak -- [--minutes 10] [--images 512] [--subscribers 200] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { itemsLibrary, MODELS } from './items-library.ts';
import { SoakClients } from './soak-clients.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    images: { type: 'string', default: '512' },
    subscribers: { type: 'string', default: '200' },
    json: { type: 'boolean' },
  },
});
const [minutes = 0, images = 0, subscribers = 0] = [values.minutes, values.images, values.subscribers].map(Number);
/** Seconds between two looks at the service's memory. */
const SAMPLE = 5;
/** Minutes in which caches fill. */
const WARM_UP = 2;

await using library = await itemsLibrary(images);
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const flags = ['--port', '0', '--library', library.path, '--media', library.media, '--models', MODELS];
const server = spawn(process.execPath, [main, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
const [line] = await once(server.stdout, 'data');
const url = /http:\S+/.exec(String(line))?.[0] ?? '';

const end = new AbortController();
const clients = new SoakClients(url, end.signal);
const DATASET = 'dataset(by: { folder: "health_images" })';
const SEARCH = `query ($text: String!, $filter: Filter) { ${DATASET} {
  search(input: { table: "emb_tiny", query: { text: $text }, filter: $filter }, first: 24) {
    edges { distance node { id attributes } view { mediaUrl thumbnailUrl } } pageInfo { endCursor } } } }`;
const PAGE = `query ($after: String) { ${DATASET} { items(first: 100, after: $after) {
  nodes { id attributes views(first: 4) { nodes { id thumbnailUrl } } } pageInfo { hasNextPage endCursor } } } }`;
const FOLLOW =
  'subscription { embeddingJobs { cursor job { id state total embedded skipped failed rate etaSeconds } } }';
const SIZES = [128, 256, 512];

interface Page {
  readonly dataset: { readonly items: { readonly pageInfo: { hasNextPage: boolean; endCursor: string } } };
}

const { dataset } = await clients.ask<{ dataset: { id: string; views: { nodes: { pixanoId: string }[] } } }>(
  `{ ${DATASET} { id views(first: 500) { nodes { pixanoId } } } }`,
);
const views = dataset.views.nodes.map(({ pixanoId }) => pixanoId);
let after: string | null = null;
let jobs = 0;

/** One job from its beginning to its end, however long that takes. */
async function compute(): Promise<void> {
  const { begun } = await clients.ask<{ begun: { job?: { id: string }; message?: string } }>(
    `mutation ($dataset: ID!) { begun: computeViewEmbeddings(input: { dataset: $dataset, table: "emb_tiny", recompute: true }) {
      ... on ComputeViewEmbeddingsPayload { job { id } } ... on Error { message } } }`,
    { dataset: dataset.id },
  );
  if (begun.job === undefined) throw new Error(begun.message);
  jobs += 1;
  while (!end.signal.aborted) {
    const { job } = await clients.ask<{ job: { state: string; failed: number; error: string | null } }>(
      'query ($id: ID!) { job: embeddingJob(id: $id) { state failed error } }',
      begun.job,
    );
    if (job.failed > 0 || job.state === 'FAILED') throw new Error(job.error ?? `${job.failed} views failed.`);
    if (job.state === 'SUCCEEDED') return;
    await delay(500);
  }
}

const search = (turn: number, filter?: object) =>
  clients.ask(SEARCH, { text: `red cells ${turn % 500}`, ...(filter !== undefined && { filter }) });

// A model is loaded once, and what that takes says nothing of what follows.
await search(0);
const following: Promise<void>[] = [];
for (let index = 0; index < subscribers; index++) {
  following.push(index % 2 === 0 ? clients.followEvents(FOLLOW) : clients.followSocket(FOLLOW));
}
await Promise.all(following);
const working = [
  clients.again('search', 50, (turn) => search(turn)),
  clients.again('filtered search', 50, (turn) =>
    search(turn, { column: { name: 'split', is: { eq: turn % 2 === 0 ? 'bench' : 'all' } } }),
  ),
  clients.again('page', 50, async () => {
    const { dataset }: Page = await clients.ask<Page>(PAGE, { after });
    after = dataset.items.pageInfo.hasNextPage ? dataset.items.pageInfo.endCursor : null;
  }),
  clients.again('thumbnail', 20, (turn) =>
    clients.get(`/thumbnail/${SIZES[turn % 3]}/health_images/image/${views[turn % views.length]}`),
  ),
  clients.again('job', 0, compute),
  clients.again('client that leaves', 20, (turn) => {
    const body = turn % 3 === 0 ? { query: FOLLOW } : { query: SEARCH, variables: { text: `gone ${turn}` } };
    return clients.leave(body, turn % 40);
  }),
];

interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  /** Of JavaScript: what the other grows by beyond this one is native. */
  readonly heapMb: number;
  readonly lagP99Ms: number;
}

/** From the service itself; reading the lag begins it anew. */
async function sample(minute: number): Promise<Sample> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  const lag = metric('nodejs_eventloop_lag_p99_seconds');
  const heapMb = metric('nodejs_heap_size_used_bytes') / 1024 ** 2;
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8').catch(() => '');
  const resident = metric('process_resident_memory_bytes') / 1024 ** 2;
  const rssMb = status === '' ? resident : Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  return { minute, rssMb, heapMb, lagP99Ms: lag * 1000 };
}

const samples: Sample[] = [await sample(0)];
const started = performance.now();
for (let looked = SAMPLE; looked <= minutes * 60; looked += SAMPLE) {
  await delay(Math.max(0, started + looked * 1000 - performance.now()));
  const now = await sample(looked / 60);
  samples.push(now);
  if (!values.json && looked % 60 === 0) {
    console.log(
      `minute ${now.minute}: ${now.rssMb.toFixed(0)} MB, ${now.heapMb.toFixed(0)} of JavaScript, event loop p99 ${now.lagP99Ms.toFixed(0)} ms`,
    );
  }
}
end.abort();
await Promise.all(working);
clients.end();
server.kill('SIGTERM');
const [code] = await once(server, 'exit');

/** Megabytes a minute, by least squares. */
function slope(of: readonly Sample[]): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const [x, y] = [mean(of.map(({ minute }) => minute)), mean(of.map(({ rssMb }) => rssMb))];
  const covariance = of.reduce((sum, { minute, rssMb }) => sum + (minute - x) * (rssMb - y), 0);
  return covariance / of.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
}

const at = (sorted: readonly number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
const kinds = Object.fromEntries(
  Object.entries(clients.tallies).map(([kind, { ms, errors }]) => {
    const sorted = ms.toSorted((a, b) => a - b);
    return [kind, { requests: ms.length, errors: errors.length, p50Ms: at(sorted, 0.5), p99Ms: at(sorted, 0.99) }];
  }),
);
const messages = Object.values(clients.tallies).flatMap(({ errors }) => errors);
if (code !== 0) messages.push(`The service ended with ${code}.`);
const settled = samples.filter(({ minute }) => minute >= Math.min(WARM_UP, minutes / 2));
const each = samples.filter(({ minute }) => Number.isInteger(minute));
const result = {
  minutes,
  images,
  subscribers,
  requests: Object.values(kinds).reduce((sum, { requests }) => sum + requests, 0),
  errors: messages.length,
  messages: [...new Set(messages)].slice(0, 10),
  kinds,
  jobs,
  events: clients.events,
  rssMb: each.map(({ rssMb }) => rssMb),
  heapMb: each.map(({ heapMb }) => heapMb),
  /** After the first two minutes, or in the second half of fewer than four. */
  rssMbPerMinute: slope(settled),
  lagP99Ms: at(
    samples.map(({ lagP99Ms }) => lagP99Ms).sort((a, b) => a - b),
    0.99,
  ),
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.table(kinds);
  console.log(
    `${result.requests} requests, ${result.errors} errors, ${result.events} events to ${subscribers} subscribers, ${jobs} jobs; ` +
      `${result.rssMbPerMinute.toFixed(2)} MB a minute once warm, event loop p99 ${result.lagP99Ms.toFixed(0)} ms.`,
  );
  for (const message of result.messages) console.log(message);
}
if (result.errors > 0) process.exitCode = 1;
