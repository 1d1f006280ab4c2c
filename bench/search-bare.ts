/**
 * LanceDB alone: the nearest ten rows of a table by its own call, and how long that takes.
 *
 *   node bench/search-bare.ts DB TABLE [--queries 100] [--nprobes 20] [--limit 10]
 *
 * Without `--nprobes` every vector is compared. As the child of bench/search.ts it answers one query a message.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

process.env.LANCE_CPU_THREADS ??= String(Math.max(2, availableParallelism()));
process.env.LANCE_IO_CORE_RESERVATION ??= '0';
process.env.LANCEDB_LOG ??= 'error';
const { connect } = await import('@lancedb/lancedb');

export interface BareQuery {
  readonly vector: readonly number[];
  readonly limit: number;
  /** Null: every vector is compared. */
  readonly nprobes: number | null;
}

export interface BareAnswer {
  readonly ms: number;
  readonly items: readonly string[];
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string', default: '100' },
    nprobes: { type: 'string' },
    limit: { type: 'string', default: '10' },
  },
});
const [folder = '', name = ''] = positionals;
const table = await (await connect(folder, { readConsistencyInterval: 0 })).openTable(name);

async function nearest({ vector, limit, nprobes }: BareQuery): Promise<BareAnswer> {
  const started = performance.now();
  const search = table.vectorSearch(Float32Array.from(vector)).column('vector').distanceType('l2').limit(limit);
  if (nprobes === null) search.bypassVectorIndex();
  else search.nprobes(nprobes);
  const found = await search.select(['item_ref', 'view_ref', '_distance']).toArrow();
  const ids = found.getChild('item_ref')?.getChild('id');
  const items = Array.from({ length: found.numRows }, (_, row) => String(ids?.get(row)));
  return { ms: performance.now() - started, items };
}

if (process.send === undefined) {
  const nprobes = values.nprobes === undefined ? null : Number(values.nprobes);
  const rows = await table.query().select(['vector']).limit(Number(values.queries)).toArray();
  const times: number[] = [];
  for (const { vector } of rows)
    times.push((await nearest({ vector: [...vector], limit: Number(values.limit), nprobes })).ms);
  console.log(`p50 ${times.toSorted((a, b) => a - b)[times.length >> 1]?.toFixed(2)} ms of ${times.length} queries`);
} else {
  process.on('message', (query: BareQuery) => {
    nearest(query).then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit(0));
  await sleep(0);
}
