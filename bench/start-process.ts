/** Opens a dataset, and begins to bring its table `emb_bench` up to date: the child of bench/start.ts. */
import { Dataset } from '../src/index.ts';
import { peakMb } from './peak-memory.ts';

const [path = '', mediaDir = ''] = process.argv.slice(2);
const plugin = new URL('./instant-plugin.ts', import.meta.url).pathname;
const dataset = await Dataset.open(path, { mediaDir, plugins: [plugin] });
await dataset.embeddingTable('emb_bench');
const idleMb = peakMb();
const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
let countersSeconds = 0;
const abort = new AbortController();
try {
  for await (const { total, skipped, embedded } of dataset.computeViewEmbeddings('emb_bench', {}, abort)) {
    if (countersSeconds === 0) countersSeconds = seconds();
    if (embedded === 0) continue;
    process.send?.({
      total,
      skipped,
      countersSeconds,
      firstVectorsSeconds: seconds(),
      idleMb,
      overIdleMb: peakMb() - idleMb,
    });
    break;
  }
} finally {
  process.disconnect();
}
