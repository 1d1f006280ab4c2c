/**
 * What a warm thumbnail and a warm medium cost to serve, beside a bare Node server that reads a file of the same bytes: the
 * three are asked in turn, by as many clients, and the medians of the rounds are compared.
 *
 *   npm run -s bench:thumbnails -- [--pictures 200] [--clients 8] [--seconds 2] [--rounds 5] [--json]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { itemsLibrary, MODELS } from './items-library.ts';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string', default: '200' },
    clients: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean' },
  },
});
const [pictures = 0, clients = 0, seconds = 0, rounds = 0] = [
  values.pictures,
  values.clients,
  values.seconds,
  values.rounds,
].map(Number);

await using library = await itemsLibrary(pictures);
const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const flags = ['--port', '0', '--library', library.path, '--media', library.media, '--models', MODELS];
const { origin, process: server } = await start(script('../src/cli/main.ts'), 'serve', ...flags);

const agent = new Agent({ keepAlive: true, maxSockets: clients });
const ids = Array.from({ length: pictures }, (_, index) => `bench${String(index).padStart(17, '0')}`);
const addresses = (kind: string) => ids.map((id) => `${origin}/${kind}/health_images/image/${id}`);
const thumbnails = addresses('thumbnail/256');
const media = addresses('media');

/** The body, and the tag by which it is known. */
async function ask(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; bytes: Buffer; etag: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { agent, headers }, resolve).on('error', reject);
  const response = await promise;
  const bytes = Buffer.concat(await response.toArray());
  return { status: response.statusCode ?? 0, bytes, etag: response.headers.etag ?? '' };
}

/** Requests a second, of so many clients that ask for one address after the other. */
async function measure(urls: readonly string[], tags?: readonly string[]): Promise<number> {
  const expected = tags === undefined ? 200 : 304;
  const end = performance.now() + seconds * 1000;
  const begun = performance.now();
  let next = 0;
  let answered = 0;
  const client = async () => {
    while (performance.now() < end) {
      const index = next++ % urls.length;
      const tag = tags?.[index];
      const { status } = await ask(urls[index] ?? '', tag === undefined ? {} : { 'if-none-match': tag });
      if (status !== expected) throw new Error(`${urls[index]} was answered with ${status}.`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answered / ((performance.now() - begun) / 1000);
}

// The first time each is made, which is not the question.
const cold = performance.now();
const made = await Promise.all(thumbnails.map((url) => ask(url)));
const coldPerSecond = pictures / ((performance.now() - cold) / 1000);
const bytesOf = await Promise.all(media.map((url) => ask(url)));

const folder = join(library.path, '..', 'bare');
await mkdir(folder);
for (const [index, { bytes }] of made.entries()) await writeFile(join(folder, `thumbnail-${index}.jpg`), bytes);
for (const [index, { bytes }] of bytesOf.entries()) await writeFile(join(folder, `media-${index}.jpg`), bytes);
const bare = await start(script('./bare-file-server.ts'), folder);
const bareFiles = (kind: string) => ids.map((_, index) => `${bare.origin}/${kind}-${index}.jpg`);

const cases = {
  thumbnail: () => measure(thumbnails),
  'thumbnail, bare Node': () => measure(bareFiles('thumbnail')),
  'thumbnail, known (304)': () =>
    measure(
      thumbnails,
      made.map(({ etag }) => etag),
    ),
  medium: () => measure(media),
  'medium, bare Node': () => measure(bareFiles('media')),
};
const figures = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(cases)) figures.get(name)?.push(await run());
}
agent.destroy();
for (const child of [server, bare.process]) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const perSecond = Object.fromEntries([...figures].map(([name, all]) => [name, Math.round(median(all))]));
const averageBytes = (all: readonly { bytes: Buffer }[]) =>
  Math.round(all.reduce((sum, { bytes }) => sum + bytes.length, 0) / all.length);
const result = {
  pictures,
  clients,
  rounds,
  thumbnailBytes: averageBytes(made),
  mediumBytes: averageBytes(bytesOf),
  coldPerSecond: Math.round(coldPerSecond),
  perSecond,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.table(
    Object.fromEntries(Object.entries(perSecond).map(([name, each]) => [name, { 'requests a second': each }])),
  );
  console.log(
    `Thumbnails of ${result.thumbnailBytes} bytes, media of ${result.mediumBytes}; made at ${result.coldPerSecond} a second.`,
  );
}

/** A server that says on stdout where it answers. */
async function start(...args: string[]): Promise<{ origin: string; process: ChildProcess }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { origin: new URL(/http:\S+/.exec(String(line))?.[0] ?? '').origin, process: child };
}
