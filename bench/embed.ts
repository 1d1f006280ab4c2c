/**
 * How fast pictures become rows of a table, beside what the engines alone can do, with JPEGs of 640 x 480. Inference and
 * preparation share the processor, so the ideal is cores / (processor seconds of both for a picture), all measured in
 * this run.
 *
 *   npm run -s bench:embed -- [--plugin NAME] [--images 256] [--batch 8] [--threads 2] [--rounds 2] [--server-ms 5] [--json]
 *
 * open-clip, transformers and siglip run a ViT-B-32 with weights drawn by lot, beside onnxruntime-node alone.
 * openai-compatible and pixano-inference ask a server that is started here, which takes a fixed time for a picture, beside
 * a loop of `fetch`; the ideal is never faster than that loop, which keeps the server at work. The path of any other
 * plugin, such as ./examples/plugin-colour-histogram/index.js, is measured beside its model with nothing around it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { importPictures } from '../src/core/import/import-pictures.ts';
import { subjectOf } from './embed-subject.ts';
import { drawPhotograph } from './photograph.ts';

const { values } = parseArgs({
  options: {
    plugin: { type: 'string', default: 'open-clip' },
    images: { type: 'string', default: '256' },
    batch: { type: 'string', default: '8' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '2' },
    'server-ms': { type: 'string', default: '5' },
    json: { type: 'boolean' },
  },
});
const images = Number(values.images);
await using subject = await subjectOf(values.plugin, {
  batch: Number(values.batch),
  threads: Number(values.threads),
  serverMs: Number(values['server-ms']),
});
const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
try {
  const source = join(folder, 'pictures');
  const library = join(folder, 'library');
  const media = join(folder, 'media');
  await mkdir(source);
  await mkdir(library);
  for (let index = 0; index < images; index++) {
    const picture = await drawPhotograph(640, 480, index + 1);
    await writeFile(join(source, `${index}.jpg`), await picture.jpeg({ quality: 90 }).toBuffer());
  }
  const readPicture = async () => ({ width: 640, height: 480, format: 'JPEG', preview: new Uint8Array() });
  const input = { source, library, media, name: 'bench', layout: 'ITEMS', byUri: false, readPicture } as const;
  const imported = await Array.fromAsync(importPictures(input));
  const path = join(library, imported.at(-1)?.folder ?? '');

  const bare: Record<string, number>[] = [];
  const ours: Record<string, number>[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    bare.push(await side(...subject.bare(source)));
    const space = JSON.stringify(subject.space);
    const { batch, threads } = values;
    ours.push(await side('embed-process.ts', path, media, source, batch, threads, `emb_${round}`, space));
  }
  report(bare, ours);
} finally {
  await rm(folder, { recursive: true });
}

async function side(script: string, ...args: string[]): Promise<Record<string, number>> {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args]);
  return JSON.parse(stdout);
}

function report(bare: Record<string, number>[], ours: Record<string, number>[]): void {
  const of = (side: Record<string, number>[], key: string) => median(side.map((round) => round[key] ?? Number.NaN));
  const inferenceCpuMs = of(bare, 'inferenceCpuSeconds') * 1000;
  const prepareMsPerImage = of(ours, 'prepareCpuSeconds') * 1000;
  const rawInferencePerSecond = 1 / of(bare, 'inferenceSeconds');
  const endToEndPerSecond = 1 / of(ours, 'seconds');
  const cores = Math.min(availableParallelism(), Number(values.threads));
  const coresPerSecond = (cores * 1000) / (inferenceCpuMs + prepareMsPerImage);
  const idealPerSecond = subject.elsewhere ? Math.min(coresPerSecond, rawInferencePerSecond) : coresPerSecond;
  const result = {
    plugin: values.plugin,
    model: subject.model,
    images,
    batch: Number(values.batch),
    threads: Number(values.threads),
    endToEndPerSecond,
    rawInferencePerSecond,
    prepareMsPerImage,
    idealPerSecond,
    ratio: endToEndPerSecond / idealPerSecond,
    ratioToRaw: endToEndPerSecond / rawInferencePerSecond,
    peakRssMb: of(ours, 'peakRssMb'),
    inferenceCpuMsPerImage: inferenceCpuMs,
    endToEndCpuMsPerImage: of(ours, 'cpuSeconds') * 1000,
    barePrepareMsPerImage: of(bare, 'prepareCpuSeconds') * 1000,
    cores,
  };
  if (values.json) console.log(JSON.stringify(result));
  else console.table(Object.fromEntries(Object.entries(result).map(([key, value]) => [key, shown(value)])));
}

function shown(value: string | number): string {
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2;
}
