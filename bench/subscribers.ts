/**
 * What a thousand subscribers cost the job that they follow: the same job is run with and without
 * them, in turn, and the medians are compared.
 *
 *   npm run -s bench:subscribers -- [--subscribers 1000] [--images 512] [--rounds 4] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type ClientRequest, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { itemsLibrary, MODELS } from './items-library.ts';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    images: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '4' },
    json: { type: 'boolean' },
  },
});
const [subscribers, images, rounds] = [values.subscribers, values.images, values.rounds].map(Number);
const FIELDS = 'id state total embedded skipped failed rate etaSeconds';

await using library = await itemsLibrary(Number(images));
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const flags = ['--port', '0', '--library', library.path, '--media', library.media, '--models', MODELS];
const server = spawn(process.execPath, [main, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
const [line] = await once(server.stdout, 'data');
const url = /http:\S+/.exec(String(line))?.[0] ?? '';
const dataset = Buffer.from('Dataset:health_images').toString('base64url');

interface Job {
  readonly id: string;
  readonly embedded: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

async function ask<Data>(query: string): Promise<Data> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await response.json()).data;
}

/** Follows a job over SSE, and counts what comes until it ends. */
async function subscribe(id: string, agent: Agent, counts: { events: number; ended: number }): Promise<ClientRequest> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const subscription = request(url, { method: 'POST', headers, agent });
  subscription.end(
    JSON.stringify({ query: `subscription { embeddingJob(id: "${id}") { cursor job { ${FIELDS} } } }` }),
  );
  const [response] = await once(subscription, 'response');
  response.setEncoding('utf8').on('data', (text: string) => {
    counts.events += text.split('event: next').length - 1;
  });
  response.on('end', () => {
    counts.ended += 1;
  });
  return subscription;
}

/** Of a process, in the units of Linux; null on other systems. */
async function usageOf(pid: number | undefined): Promise<{ cpuSeconds: number; rssMb: number } | null> {
  try {
    const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
    const rss = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100, rssMb: Number(rss) / 1024 };
  } catch {
    return null;
  }
}

/** Runs the job once. */
async function round(followers: number) {
  const begun = await ask<{ computeViewEmbeddings: { job: Job } }>(
    `mutation { computeViewEmbeddings(input: { dataset: "${dataset}", table: "emb_tiny", recompute: true }) {
      ... on ComputeViewEmbeddingsPayload { job { id } } } }`,
  );
  const { id } = begun.computeViewEmbeddings.job;
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const counts = { events: 0, ended: 0 };
  const open: Promise<ClientRequest>[] = [];
  for (let index = 0; index < followers; index++) open.push(subscribe(id, agent, counts));
  await Promise.all(open);
  // From here on all follow: what opening a thousand connections costs is not the question.
  const job = () => ask<{ embeddingJob: Job }>(`{ embeddingJob(id: "${id}") { ${FIELDS} startedAt finishedAt } }`);
  const from = { at: performance.now(), ...(await job()).embeddingJob, usage: await usageOf(server.pid) };
  let to = from;
  while (to.finishedAt === null) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { embeddingJob } = await job();
    // The last moments have the end of the job in them, which a job has but once.
    if (embeddingJob.finishedAt !== null) break;
    to = { at: performance.now(), ...embeddingJob, usage: await usageOf(server.pid) };
  }
  while (counts.ended < followers) await new Promise((resolve) => setTimeout(resolve, 50));
  agent.destroy();
  const seconds = (to.at - from.at) / 1000;
  const cpu = (to.usage?.cpuSeconds ?? Number.NaN) - (from.usage?.cpuSeconds ?? Number.NaN);
  return {
    perSecond: (to.embedded - from.embedded) / seconds,
    serverCpu: cpu / seconds,
    rssMb: to.usage?.rssMb ?? Number.NaN,
    events: counts.events,
  };
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const summary = (all: Awaited<ReturnType<typeof round>>[]) => ({
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  serverCpu: median(all.map(({ serverCpu }) => serverCpu)),
  rssMb: median(all.map(({ rssMb }) => rssMb)),
  events: median(all.map(({ events }) => events)),
});

await round(0);
const without: Awaited<ReturnType<typeof round>>[] = [];
const following: Awaited<ReturnType<typeof round>>[] = [];
for (let index = 0; index < Number(rounds); index++) {
  without.push(await round(0));
  following.push(await round(Number(subscribers)));
}
server.kill('SIGTERM');
await once(server, 'exit');

const result = {
  subscribers,
  images,
  rounds,
  without: summary(without),
  with: summary(following),
  ratio: summary(following).perSecond / summary(without).perSecond,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.table({ without: result.without, with: result.with });
  console.log(`With ${subscribers} subscribers the job runs at ${result.ratio.toFixed(3)} of its speed.`);
}
