/**
 * Text searches through the whole GraphQL stack on HTTP, without the time of the model, beside the bare call of
 * LanceDB with the same vector and parameters, one of each in turn; then 32 clients at once. The index is made by the
 * service's own job.
 *
 *   npm run -s bench:search -- [--rows 100000] [--dim 512] [--queries 100] [--recall 0.99] [--json]
 *
 * `--recall` is what is asked of the index for the ten nearest.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clusteredLibrary, TABLE } from './clustered-library.ts';
import { ClusteredVectors } from './clustered-vectors.ts';
import type { BareAnswer, BareQuery } from './search-bare.ts';
import { type HttpAnswer, SearchClient } from './search-client.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    dim: { type: 'string', default: '512' },
    queries: { type: 'string', default: '100' },
    recall: { type: 'string', default: '0.99' },
    json: { type: 'boolean' },
  },
});
const [rows, dim, queries] = [values.rows, values.dim, values.queries].map(Number) as [number, number, number];
const LIMIT = 10;
const CLIENTS = 32;
const say = (text: string) => void (values.json || console.log(text));

say(`Writing ${rows} x ${dim} clustered vectors ...`);
await using library = await clusteredLibrary({ rows, dim });
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const flags = ['--library', library.path, '--media', library.media, '--config', library.config];
const server = spawn(process.execPath, [main, 'serve', '--port', '0', ...flags], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const bare = fork(fileURLToPath(new URL('./search-bare.ts', import.meta.url)), [library.db, TABLE]);
const [line] = await once(server.stdout, 'data');
const client = new SearchClient(/http:\S+/.exec(String(line))?.[0] ?? '', TABLE);
const vectors = new ClusteredVectors({ dim });
let asked = 0;
const nextText = () => `what is searched for, ${asked++}`;

async function askBare(query: BareQuery): Promise<BareAnswer> {
  bare.send(query);
  const [answer] = await once(bare, 'message');
  return answer;
}

/** One query of each side in turn. */
async function inTurn(count: number, { exact, before }: { exact: boolean; before: number }) {
  const answers: { http: HttpAnswer; bare: BareAnswer }[] = [];
  const { nprobes } = await client.search(nextText(), { exact, first: LIMIT });
  for (let index = -before; index < count; index++) {
    const text = nextText();
    const query = { vector: [...vectors.ofText(text)], limit: LIMIT, nprobes };
    // Who is second finds what was read in the caches of the processor, so each is first half of the times.
    const early = index % 2 === 0 ? await askBare(query) : null;
    const http = await client.search(text, { exact, first: LIMIT });
    const answer = { http, bare: early ?? (await askBare(query)) };
    // The first ones find nothing in memory, and code that is not compiled yet.
    if (index >= 0) answers.push(answer);
  }
  const httpP50Ms = quantile(
    answers.map(({ http }) => http.ms),
    0.5,
  );
  const lanceP50Ms = quantile(
    answers.map((each) => each.bare.ms),
    0.5,
  );
  return { httpP50Ms, lanceP50Ms, ratio: httpP50Ms / lanceP50Ms };
}

/** The share of the ten nearest that a search by the index finds. */
async function recall(count: number): Promise<number> {
  let found = 0;
  for (let index = 0; index < count; index++) {
    const text = nextText();
    const { items } = await client.search(text, { exact: false, first: LIMIT });
    const nearest = await askBare({ vector: [...vectors.ofText(text)], limit: LIMIT, nprobes: null });
    found += nearest.items.filter((id) => items.includes(id)).length;
  }
  return found / (count * LIMIT);
}

async function atOnce(count: number) {
  const times: number[] = [];
  let errors = 0;
  const one = async () => {
    for (let index = 0; index < count; index++) {
      const answer = await client.search(nextText(), { exact: false, first: LIMIT }).catch(() => null);
      if (answer === null) errors += 1;
      else times.push(answer.ms);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), errors };
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
}

try {
  const few = Math.max(10, Math.min(queries, Math.round(4e6 / rows)));
  say('Making the index ...');
  const started = performance.now();
  await client.makeIndex(Number(values.recall));
  const jobSeconds = (performance.now() - started) / 1000;
  const { indexType } = await client.search(nextText(), { exact: false, first: LIMIT });
  say('Searches by the index ...');
  // Lance reads each partition of an index when it is first searched: of a million rows there are a thousand.
  const indexed = await inTurn(queries, { exact: false, before: Math.max(200, rows / 500) });
  const recallAt10 = await recall(Math.max(20, Math.min(200, Math.round(2e7 / rows))));
  const concurrency32 = await atOnce(Math.max(5, Math.round(queries / 4)));
  say('Exact searches ...');
  const exact = await inTurn(few, { exact: true, before: 5 });
  const result = {
    rows,
    dim,
    exact,
    indexed: { type: indexType ?? 'none', buildSeconds: jobSeconds, ...indexed, recallAt10 },
    concurrency32,
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.table({ exact, indexed });
    console.log(
      `Index ${result.indexed.type}: made and measured in ${jobSeconds.toFixed(1)} s, recall@10 ${recallAt10.toFixed(3)}.`,
    );
    console.log(
      `${CLIENTS} clients: p50 ${concurrency32.p50Ms.toFixed(1)} ms, p99 ${concurrency32.p99Ms.toFixed(1)} ms, ${concurrency32.errors} errors.`,
    );
  }
} finally {
  bare.disconnect();
  server.kill('SIGTERM');
  await once(server, 'exit');
}
