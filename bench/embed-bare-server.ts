/**
 * What asking a server of models costs with `fetch` alone: two requests at a time, with pictures that were made data URIs
 * before. Uses nothing of Viewfinder. The processor time is this process's and the server's.
 *
 *   node bench/embed-bare-server.ts openai-compatible|pixano-inference URL FOLDER_OF_PICTURES BATCH
 *
 * The server is that of bench/embed-server.ts.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { costOf } from './cost.ts';

const AT_ONCE = 2;
const MODEL = 'bench';

const [plugin = '', url = '', folder = '', batchText = '8'] = process.argv.slice(2);
const batch = Number(batchText);

const APIS: Readonly<Record<string, (uris: readonly string[]) => Promise<number>>> = {
  'openai-compatible': async (uris) => {
    const body = { model: MODEL, input: uris, encoding_format: 'base64', modality: 'image' };
    const { data } = await post('/embeddings', body);
    return data.map(({ embedding }: { embedding: string }) => vector(embedding)).length;
  },
  'pixano-inference': async (uris) => {
    const { data } = await post('/v1/inference/embedding', { model: MODEL, image: uris, text: null, normalize: true });
    const { shape, data: text } = data.embeddings;
    return vector(text).length / shape[1];
  },
};

async function post(path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response.json();
}

function vector(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

async function serverCpu(): Promise<number> {
  return (await fetch(`${url}/cpu`)).json();
}

const embed = APIS[plugin];
if (embed === undefined) throw new RangeError(`The first argument is one of ${Object.keys(APIS).join(', ')}.`);
const files = (await readdir(folder)).map((name) => join(folder, name));
const uris: string[] = [];
const preparation = await costOf(async () => {
  for (const file of files) uris.push(`data:image/jpeg;base64,${(await readFile(file)).toString('base64')}`);
});

await embed(uris.slice(0, batch));
const before = await serverCpu();
let next = 0;
let done = 0;
const client = async () => {
  while (next < uris.length) {
    const start = next;
    next += batch;
    const count = await embed(uris.slice(start, start + batch));
    done += count;
  }
};
const asking = await costOf(async () => {
  await Promise.all(Array.from({ length: AT_ONCE }, client));
});
const serverSeconds = (await serverCpu()) - before;
if (done !== uris.length) throw new Error(`The server gave ${done} vectors for ${uris.length} pictures.`);
console.log(
  JSON.stringify({
    inferenceSeconds: asking.seconds / done,
    inferenceCpuSeconds: (asking.cpuSeconds + serverSeconds) / done,
    prepareSeconds: preparation.seconds / done,
    prepareCpuSeconds: preparation.cpuSeconds / done,
  }),
);
