import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, makeArrowTable } from '@lancedb/lancedb';
import sharp from 'sharp';

const FIXTURES = fileURLToPath(new URL('../test/fixtures', import.meta.url));

/** The models that the tests use. */
export const MODELS = join(FIXTURES, 'models');

export interface BenchLibrary extends AsyncDisposable {
  readonly path: string;
  readonly media: string;
}

/** A library of Pixano's items layout with `count` more pictures of 640 x 480, in a temporary folder. */
export async function itemsLibrary(count: number): Promise<BenchLibrary> {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
  await cp(join(FIXTURES, 'items'), folder, { recursive: true });
  const path = join(folder, 'pixano_library');
  const media = join(folder, 'assets');
  const db = await connect(join(path, 'health_images', 'db'));
  const now = new Date();
  const ids = Array.from({ length: count }, (_, index) => `bench${String(index).padStart(17, '0')}`);
  const item = await db.openTable('item');
  const items = ids.map((id) => ({ id, created_at: now, updated_at: now, split: 'bench', image_type: 'noise' }));
  await item.add(makeArrowTable(items, { schema: await item.schema() }));
  const image = await db.openTable('image');
  const images = ids.map((id) => ({
    id,
    created_at: now,
    updated_at: now,
    item_ref: { name: 'item', id },
    parent_ref: { name: '', id: '' },
    url: `bench/${id}.jpg`,
    width: 640n,
    height: 480n,
    format: 'JPEG',
  }));
  await image.add(makeArrowTable(images, { schema: await image.schema() }));
  await mkdir(join(media, 'bench'));
  for (const [index, id] of ids.entries()) await writeFile(join(media, 'bench', `${id}.jpg`), await picture(index));
  return { path, media, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Coloured noise, smoothed so that the JPEG is of a photograph's size. */
function picture(seed: number): Promise<Buffer> {
  const [width, height] = [160, 120];
  let state = seed + 1;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  const noise = sharp(pixels, { raw: { width, height, channels: 3 } });
  return noise.resize(640, 480, { kernel: 'cubic' }).jpeg({ quality: 85 }).toBuffer();
}
