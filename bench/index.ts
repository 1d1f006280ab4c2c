/**
 * What a vector index costs to build and to measure, how many probes hold its promise at each depth, and how long a
 * search with those takes beside an exact one: on clustered vectors, asked for by texts of a model that never saw them
 * and by vectors of the table.
 *
 *   npm run -s bench:index -- [--rows 100000] [--types IVF_FLAT,IVF_PQ] [--recall 0.95] [--json]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connect, makeArrowTable, type Table } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { indexType } from '../src/core/index/index-types.ts';
import { Dataset } from '../src/index.ts';
import { itemsLibrary, MODELS } from './items-library.ts';

const DIMENSIONS = 512;
const ROWS_AT_ONCE = 10_000;
const CLUSTERS = 1000;
/** Its vectors have 512 numbers. */
const TABLE = 'emb_tiny';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    types: { type: 'string', default: 'IVF_FLAT' },
    recall: { type: 'string', default: '0.95' },
    json: { type: 'boolean' },
  },
});
const rows = Number(values.rows);
await using library = await itemsLibrary(1);
const path = join(library.path, 'health_images');
const lance = await (await connect(join(path, 'db'))).openTable(TABLE);
await fill(lance, rows);
const results: Record<string, unknown>[] = [];
for (const queries of ['texts', 'rows']) {
  // Without its model a table is measured with its own vectors.
  const models = queries === 'texts' ? MODELS : join(library.path, 'no-models');
  const dataset = await Dataset.open(path, { mediaDir: library.media, models, indexRows: 1 });
  const table = await dataset.embeddingTable(TABLE);
  for (const name of values.types.split(',')) {
    for (const { name: old } of await lance.listIndices()) await lance.dropIndex(old);
    const started = performance.now();
    let built = started;
    let measuring = false;
    try {
      for await (const share of dataset.indexes.make(table, {
        type: indexType(name),
        minRecallAt10: Number(values.recall),
      })) {
        // The first share that is measured follows the building.
        if (!measuring) built = performance.now();
        measuring ||= share > 0;
      }
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
    }
    const ended = performance.now();
    const { measurement } = await dataset.indexes.standing(table);
    for (const { depth, nprobes, refineFactor, recall } of measurement?.depths ?? []) {
      results.push({
        queries,
        type: name,
        buildS: seconds(built - started),
        measureS: seconds(ended - built),
        depth,
        nprobes,
        refineFactor,
        recall: Number(recall.toFixed(4)),
        indexedMs: await median((query) => {
          const search = lance.vectorSearch(query).nprobes(nprobes).limit(depth);
          return (refineFactor === null ? search : search.refineFactor(refineFactor))
            .select(['id', '_distance'])
            .toArrow();
        }),
        exactMs: await median((query) =>
          lance.vectorSearch(query).bypassVectorIndex().limit(depth).select(['id', '_distance']).toArrow(),
        ),
      });
    }
  }
}
if (values.json) console.log(JSON.stringify({ rows, dimensions: DIMENSIONS, results }));
else console.table(results);
process.exit();

async function fill(table: Table, count: number): Promise<void> {
  const [template] = await table.query().limit(1).toArray();
  const schema: Arrow.Schema = await table.schema();
  await table.delete('true');
  const centres = Array.from({ length: CLUSTERS }, () => direction(gaussians()));
  for (let start = 0; start < count; start += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, count - start);
    const batch = Array.from({ length }, (_, index) => {
      const centre = centres[Math.floor(Math.random() * CLUSTERS)] ?? gaussians();
      const noise = gaussians();
      const vector = direction(
        centre.map((component, axis) => component + ((noise[axis] ?? 0) * 0.7) / Math.sqrt(DIMENSIONS)),
      );
      const { item_ref, view_ref } = template?.toJSON() ?? {};
      const times = { created_at: new Date(), updated_at: new Date() };
      const references = { item_ref: item_ref.toJSON(), view_ref: view_ref.toJSON(), shape: [] };
      return { ...times, ...references, id: `bench-${start + index}`, vector: Array.from(vector) };
    });
    await table.add(makeArrowTable(batch, { schema }));
  }
}

async function median(search: (query: Float32Array) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const query = direction(gaussians());
    const started = performance.now();
    await search(query);
    times.push(performance.now() - started);
  }
  return Number((times.sort((a, b) => a - b)[10] ?? 0).toFixed(1));
}

function gaussians(): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, () => {
    return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  });
}

function direction(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

function seconds(milliseconds: number): number {
  return Number((milliseconds / 1000).toFixed(1));
}
