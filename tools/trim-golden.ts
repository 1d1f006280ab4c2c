import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

// Copies what the real Pixano, LanceDB and open_clip answered into test/fixtures/golden, without what no test reads.
// Run with: node tools/trim-golden.ts FOLDER, where FOLDER holds `golden` and `tiny-open-clip` as they were recorded.

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const TARGET = fileURLToPath(new URL('../test/fixtures/golden', import.meta.url));
const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Say which folder holds the recordings.');

const read = async (path: string): Promise<Json> => JSON.parse(await readFile(join(source, path), 'utf8'));

/** One line for each entry. */
async function write(path: string, value: Json): Promise<void> {
  const line = (entry: Json) => JSON.stringify(entry);
  const entries = Array.isArray(value)
    ? value.map(line)
    : Object.entries(value ?? {}).map(([name, entry]) => `${JSON.stringify(name)}: ${line(entry)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const file = join(TARGET, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${open}\n${entries.join(',\n')}\n${close}\n`);
}

/** The value without these keys, and without addresses of the service that answered, at any depth. */
function without(value: Json, keys: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((each) => without(each, keys));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([name, each]) => !keys.includes(name) && !isAddress(each));
  return Object.fromEntries(kept.map(([name, each]) => [name, without(each, keys)]));
}

function isAddress(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('http://127.0.0.1');
}

const DROPPED: Readonly<Record<string, readonly string[]>> = {
  'lancedb_open_clip.json': ['encode_image_calls'],
  'node_parity.json': ['node', 'schema_metadata_keys', 'mean_px', 'max_px'],
  'items/experiments.json': ['seconds', 'model_loads', 'backoff_sleeps_s', 'backoff_total_s'],
  'items/features_values.sample.json': [],
  'items/image_url_resolution.json': [],
  'items/python.json': ['distance_type'],
  'items/rest.json': ['previews_path', 'media_dir'],
  'items/stats.sample.json': [],
  'items/tables.json': ['version', 'versions', 'fragments', 'indices'],
  'records/experiments.json': ['job', 'jobs', 'responses'],
  'records/rest_a.json': ['operators', 'values_complete'],
  'records/rest_b.json': ['operators', 'values_complete', 'view_previews', 'preview', 'previews_path'],
  'records/tables.json': ['version', 'versions', 'fragments', 'indices', 'head_b64'],
  'records/view_embedding_path_0.7.2.json': ['where', 'backoff_sleeps_s', 'backoff_total_s'],
  'records/view_embedding_path_0.8.0.json': ['where', 'backoff_sleeps_s', 'backoff_total_s'],
};

for (const [path, keys] of Object.entries(DROPPED)) await write(path, without(await read(`golden/${path}`), keys));

/** The pictures as the model sees them become checksums of their pixels. */
async function pixels(picture: string): Promise<string> {
  const raw = await sharp(join(source ?? '', 'tiny-open-clip', picture))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return createHash('sha256').update(raw).digest('hex');
}

const parity = (await read('tiny-open-clip/parity.json')) as { images: { preprocessed_png: string }[]; texts: Json };
const images = parity.images.map(async (image) => ({ ...image, pixels_sha256: await pixels(image.preprocessed_png) }));
await write('parity.json', { images: await Promise.all(images), texts: parity.texts });
