/** Computes a new table of a dataset to its end: the child of bench/memory.ts. */
import { Dataset, SchemaRelation, ViewEmbedding } from '../src/index.ts';
import { peakMb } from './peak-memory.ts';

const [path = '', mediaDir = '', dimensions = ''] = process.argv.slice(2);
const plugin = new URL('./instant-plugin.ts', import.meta.url).pathname;
const dataset = await Dataset.open(path, { mediaDir, plugins: [plugin] });
const schema = await ViewEmbedding.createSchema({
  embeddingFunction: 'instant',
  tableName: 'emb_bench',
  dataset,
  options: { dimensions: Number(dimensions) },
});
const table = await dataset.createTable({ name: 'emb_bench', schema, relation: SchemaRelation.OneToOne });
const idleMb = process.memoryUsage.rss() / 2 ** 20;
const started = performance.now();
let commits = 0;
let computed = { embedded: 0, failed: 0 };
for await (const progress of dataset.computeViewEmbeddings('emb_bench')) {
  computed = progress;
  commits += 1;
}
const { embedded, failed } = computed;
const seconds = (performance.now() - started) / 1000;
const { fragmentStats } = await (await table.lance()).stats();
const rows = await table.rowCount();
process.send?.({
  embedded,
  failed,
  rows,
  seconds,
  commits,
  fragments: fragmentStats.numFragments,
  idleMb,
  peakMb: peakMb(),
});
process.disconnect();
