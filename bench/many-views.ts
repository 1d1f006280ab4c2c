import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';

const arrow: typeof Arrow = createRequire(import.meta.url)('apache-arrow');
const FIXTURES = fileURLToPath(new URL('../test/fixtures', import.meta.url));

/** Rows that are written at once. */
const ROWS = 20_000;
/** A PNG of 16 x 16 pixels. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAHUlEQVR42mNIaFhAEmIY1UATDScWJJCERjXQRAMAyxmkEFWne3AAAAAASUVORK5CYII=',
  'base64',
);

const LAYOUTS = {
  items: { from: 'items', library: 'pixano_library', media: 'assets', views: 'image' },
  records: { from: 'records/data', library: 'library', media: 'media', views: 'images' },
} as const;

export interface ManyViews extends AsyncDisposable {
  /** Of the dataset's folder. */
  readonly path: string;
  readonly media: string;
  readonly ids: readonly string[];
}

/** A dataset whose views are `count` rows of one tiny picture, in a temporary folder. */
export async function manyViews(layout: keyof typeof LAYOUTS, count: number): Promise<ManyViews> {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
  const { from, library, media, views } = LAYOUTS[layout];
  await cp(join(FIXTURES, from), folder, { recursive: true });
  await writeFile(join(folder, media, 'bench.png'), PICTURE).catch(() => {});
  const path = join(folder, library, 'health_images');
  const table = await (await connect(join(path, 'db'))).openTable(views);
  const [template] = await table.query().limit(1).toArray();
  const schema = await table.schema();
  await table.delete('true');
  const values = { ...template?.toJSON(), raw_bytes: PICTURE, url: 'bench.png', uri: '' };
  const columnsOf = (rows: number) =>
    Object.fromEntries(
      schema.fields.map(({ name, type }) => [name, arrow.vectorFromArray(Array(rows).fill(values[name]), type)]),
    );
  const ids = Array.from({ length: count }, (_, index) => `bench${String(index).padStart(17, '0')}`);
  let columns = columnsOf(Math.min(count, ROWS));
  for (let start = 0; start < count; start += ROWS) {
    const chunk = ids.slice(start, start + ROWS);
    if (start > 0 && chunk.length < ROWS) columns = columnsOf(chunk.length);
    await table.add(new arrow.Table(schema, { ...columns, id: arrow.vectorFromArray(chunk, new arrow.Utf8()) }));
  }
  return {
    path,
    media: join(folder, media),
    ids,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
