/** Brings a table of a library up to date with a model that is loaded already: Viewfinder's side of bench/embed.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Dataset } from '../src/core/dataset.ts';
import { SchemaRelation } from '../src/core/schema-relation.ts';
import { ViewEmbedding } from '../src/core/view-embedding.ts';
import { preparePicture } from '../src/imaging/prepare-picture.ts';
import { loadPlugins } from '../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../src/plugins/registry.ts';
import { CLIP_RECIPE, SIZE } from './clip-recipe.ts';
import { costOf } from './cost.ts';
import type { Subject } from './embed-subject.ts';
import { peakMb } from './peak-memory.ts';

const [path = '', mediaDir = '', pictures = '', batchText = '8', threadsText = '2', tableName = '', space = '{}'] =
  process.argv.slice(2);
const [batch, threads] = [Number(batchText), Number(threadsText)];

/** Processor time of this process and of its children that have not ended, where the system tells of them. */
function cpuSeconds(): number {
  const pids = ['self', ...children()];
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

function children(): string[] {
  const tasks = readdirSync('/proc/self/task');
  return tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
}

/** Processor seconds that Viewfinder's own preparation of a picture takes, alone. */
async function preparation(): Promise<number> {
  const files = readdirSync(pictures).map((name) => join(pictures, name));
  const prepare = await preparer();
  for (const file of files.slice(0, 16)) await prepare(await readFile(file));
  const { cpuSeconds } = await costOf(async () => {
    for (const file of files) await prepare(await readFile(file));
  });
  return cpuSeconds / files.length;
}

async function preparer(): Promise<(bytes: Uint8Array) => Promise<unknown>> {
  if (preparesForClip) {
    const target = new Float32Array(3 * SIZE * SIZE);
    return (bytes) => preparePicture(bytes, CLIP_RECIPE, target);
  }
  const { plugin } = registered.find((each) => each.plugin.functions.includes(embeddingFunction)) ?? {};
  const parsed = await plugin?.options['~standard'].validate(options);
  if (plugin === undefined || parsed?.issues) throw new Error(`The plugin does not take ${JSON.stringify(options)}.`);
  const model = await plugin.load(parsed?.value, context);
  return (bytes) => model.prepareImage(bytes);
}

const { embeddingFunction, options, plugins, modelFolder, preparesForClip }: Subject['space'] = JSON.parse(space);
const context = { modelFolders: [modelFolder], threads };
const registered = await loadPlugins(plugins, process.cwd());
await using registry = new PluginRegistry({ plugins: registered, context });
const dataset = await Dataset.open(path, { models: registry, mediaDir, batch, threads });
const schema = await ViewEmbedding.createSchema({ embeddingFunction, options, tableName, dataset });
await dataset.createTable({ name: tableName, schema, relation: SchemaRelation.OneToOne });

const linux = process.platform === 'linux';
const cpu = linux ? cpuSeconds() : Number.NaN;
const started = performance.now();
let done = 0;
for await (const { embedded } of dataset.computeViewEmbeddings(tableName)) done = embedded;
const seconds = (performance.now() - started) / 1000;
const cpuPerImage = linux ? (cpuSeconds() - cpu) / done : Number.NaN;
const peakRssMb = peakMb() + (linux ? children().reduce((sum, pid) => sum + peakMb(Number(pid)), 0) : 0);
console.log(
  JSON.stringify({
    done,
    seconds: seconds / done,
    cpuSeconds: cpuPerImage,
    prepareCpuSeconds: await preparation(),
    peakRssMb,
  }),
);
