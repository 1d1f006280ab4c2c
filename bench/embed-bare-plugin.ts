/**
 * What a plugin's model costs where nothing is around it: its pictures are prepared one after the other, then embedded a
 * batch after the other, in this process. Uses nothing of Viewfinder but the contract, which plugins import.
 *
 *   node bench/embed-bare-plugin.ts PLUGIN.js FOLDER_OF_PICTURES BATCH THREADS
 */
import { readdir, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { costOf } from './cost.ts';

const [path = '', folder = '', batchText = '8', threads = '2'] = process.argv.slice(2);
const batch = Number(batchText);
const contract = import.meta.resolve('viewfinder/plugin');
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'viewfinder/plugin' ? { url: contract, shortCircuit: true } : next(specifier, context),
});

const { default: plugin } = await import(pathToFileURL(resolve(path)).href);
const { value, issues } = await plugin.options['~standard'].validate({});
if (issues !== undefined) throw new Error(`The plugin wants options: ${JSON.stringify(issues)}`);
const model = await plugin.load(value, { modelFolders: [], threads: Number(threads) });

const files = (await readdir(folder)).map((name) => join(folder, name));
const prepare = async (file: string) => model.prepareImage(await readFile(file));
await model.embedImages(await Promise.all(files.slice(0, batch).map(prepare)));
const images: object[] = [];
const preparation = await costOf(async () => {
  for (const file of files) images.push(await prepare(file));
});
const inference = await costOf(async () => {
  for (let done = 0; done < images.length; done += batch) await model.embedImages(images.slice(done, done + batch));
});
console.log(
  JSON.stringify({
    inferenceSeconds: inference.seconds / files.length,
    inferenceCpuSeconds: inference.cpuSeconds / files.length,
    prepareSeconds: preparation.seconds / files.length,
    prepareCpuSeconds: preparation.cpuSeconds / files.length,
  }),
);
