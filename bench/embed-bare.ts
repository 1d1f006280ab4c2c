/**
 * What the engines alone cost: inference by onnxruntime-node, a batch after the other, and preparing
 * pictures by sharp. Uses nothing of Viewfinder. Its processor time is that of all its threads.
 *
 *   node bench/embed-bare.ts MODEL.onnx FOLDER_OF_PICTURES BATCH THREADS
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { costOf } from './cost.ts';

const SIZE = 224;
const LENGTH = 3 * SIZE * SIZE;
const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

const [model = '', folder = '', batchText = '8', threadsText = '2'] = process.argv.slice(2);
const batch = Number(batchText);
sharp.cache(false);
sharp.concurrency(1);

async function prepare(file: string): Promise<Float32Array> {
  const { data } = await sharp(await readFile(file))
    .removeAlpha()
    .resize(SIZE, SIZE, { fit: 'cover', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const planes = new Float32Array(LENGTH);
  for (let channel = 0; channel < 3; channel++) {
    const [mean = 0, std = 1] = [MEAN[channel], STD[channel]];
    const plane = channel * SIZE * SIZE;
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      planes[plane + pixel] = ((data[pixel * 3 + channel] ?? 0) / 255 - mean) / std;
    }
  }
  return planes;
}

const files = (await readdir(folder)).map((name) => join(folder, name));
const prepared = new Float32Array(batch * LENGTH);
for (const [index, file] of files.slice(0, batch).entries()) prepared.set(await prepare(file), index * LENGTH);
const preparation = await costOf(async () => {
  for (const file of files) await prepare(file);
});

const options = { intraOpNumThreads: Number(threadsText), interOpNumThreads: 1, logSeverityLevel: 3 } as const;
const session = await InferenceSession.create(model, options);
const [input = ''] = session.inputNames;
const run = () => session.run({ [input]: new Tensor('float32', prepared, [batch, 3, SIZE, SIZE]) });
await run();
const inference = await costOf(async () => {
  for (let done = 0; done < files.length; done += batch) await run();
});
const inferred = Math.ceil(files.length / batch) * batch;
console.log(
  JSON.stringify({
    inferenceSeconds: inference.seconds / inferred,
    inferenceCpuSeconds: inference.cpuSeconds / inferred,
    prepareSeconds: preparation.seconds / files.length,
    prepareCpuSeconds: preparation.cpuSeconds / files.length,
  }),
);
