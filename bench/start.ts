/**
 * How long a computation takes to find what it has to do, and the memory for it, where half of the
 * views have a vector: until it knows its counters, and until its first vectors are in the table.
 *
 *   npm run -s bench:start -- [--views 1000000] [--dimensions 512] [--layout items|records] [--json]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { embeddingBatch } from '../src/core/embedding-batch.ts';
import type { EmbeddingTable } from '../src/core/embedding-table.ts';
import { Dataset, SchemaRelation } from '../src/index.ts';
import { manyViews } from './many-views.ts';

const { values } = parseArgs({
  options: {
    views: { type: 'string', default: '1000000' },
    dimensions: { type: 'string', default: '512' },
    layout: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const count = Number(values.views);
const dimensions = Number(values.dimensions);
const layouts = (['items', 'records'] as const).filter((layout) => (values.layout ?? layout) === layout);

const results = [];
for (const layout of layouts) results.push(await measure(layout));
if (values.json) console.log(JSON.stringify(results));
else console.table(results);

async function measure(layout: 'items' | 'records') {
  await using views = await manyViews(layout, count);
  const dataset = await Dataset.open(views.path, { mediaDir: views.media });
  const embeddingFunction = 'instant';
  const options = { dimensions };
  const schema = { tableName: 'emb_bench', embeddingFunction, options, given: options, dimensions };
  const table = await dataset.createTable({ name: 'emb_bench', schema, relation: SchemaRelation.OneToOne });
  await embedHalf(table, views.ids);
  const child = fork(fileURLToPath(new URL('./start-process.ts', import.meta.url)), [views.path, views.media]);
  const [measured] = await once(child, 'message');
  await once(child, 'exit');
  return { layout, ...measured };
}

/** Every second view, so that no run of them can be left out. */
async function embedHalf(table: EmbeddingTable, ids: readonly string[]): Promise<void> {
  const lance = await table.lance();
  const schema = await lance.schema();
  const half = ids.filter((_, index) => index % 2 === 0);
  const medium = { width: null, height: null, format: null, image: true, address: '' };
  const name = table.layout.kind === 'ITEMS' ? 'image' : 'images';
  const vector = new Float32Array(dimensions).fill(1);
  for (let start = 0; start < half.length; start += 20_000) {
    const chunk = half.slice(start, start + 20_000);
    const rows = chunk.map((id) =>
      table.layout.embeddingRow({ view: { table: name, id, itemId: id, ...medium }, vector }, id, table.space),
    );
    await lance.add(embeddingBatch(rows, Array(rows.length).fill(vector), schema, table.space.vectorColumn));
  }
}
