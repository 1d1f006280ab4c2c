import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Arrow from 'apache-arrow';
import { Dataset, SchemaRelation, ViewEmbedding } from '../src/index.ts';
import { ClusteredVectors } from './clustered-vectors.ts';

const arrow: typeof Arrow = createRequire(import.meta.url)('apache-arrow');
const FIXTURES = fileURLToPath(new URL('../test/fixtures', import.meta.url));
const PLUGIN = fileURLToPath(new URL('./clustered-plugin.ts', import.meta.url));

/** Rows that are made and written at once: 20 MB of vectors at 512 dimensions. */
const ROWS = 10_000;

export const TABLE = 'emb_bench';

export interface ClusteredLibrary extends AsyncDisposable {
  readonly path: string;
  readonly media: string;
  /** Names the plugin whose function the table has. */
  readonly config: string;
  /** The Lance tables of its one dataset, `health_images`. */
  readonly db: string;
}

/** A library of the items layout with `rows` items of one view and one vector each, in a temporary folder. */
export async function clusteredLibrary({ rows, dim }: { rows: number; dim: number }): Promise<ClusteredLibrary> {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
  await cp(join(FIXTURES, 'items'), folder, { recursive: true });
  const config = join(folder, 'viewfinder.config.json');
  await writeFile(config, JSON.stringify({ plugins: [PLUGIN] }));
  const path = join(folder, 'pixano_library');
  const media = join(folder, 'assets');
  const dataset = await Dataset.open(join(path, 'health_images'), { mediaDir: media, plugins: [PLUGIN] });
  const embeddingFunction = 'clustered';
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction,
    tableName: TABLE,
    dataset,
    options: { dimensions: dim },
  });
  await dataset.createTable({ name: TABLE, schema, relation: SchemaRelation.OneToOne });
  const vectors = new ClusteredVectors({ dim });
  const tables = await Promise.all(['item', 'image', TABLE].map((name) => dataset.store.open(name)));
  for (const table of tables) await table.delete('true');
  for (let start = 0; start < rows; start += ROWS) {
    const batch = batchOf(start, Math.min(ROWS, rows - start), vectors);
    for (const table of tables) {
      const fields = (await table.schema()).fields;
      const columns = Object.fromEntries(fields.map((field) => [field.name, batch.column(field)]));
      await table.add(new arrow.Table(await table.schema(), columns));
    }
  }
  return {
    path,
    media,
    config,
    db: dataset.store.folder.path,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The columns of some rows, each of which belongs to an item of the same number. */
function batchOf(start: number, count: number, vectors: ClusteredVectors) {
  const ids = Array.from({ length: count }, (_, index) => `bench${String(start + index).padStart(17, '0')}`);
  const now = Date.now();
  return {
    column({ name, type }: Arrow.Field): Arrow.Vector {
      if (name === 'vector') return vectorColumn(type, count, vectors);
      if (name === 'id') return arrow.vectorFromArray(ids, type);
      if (name === 'item_ref')
        return arrow.vectorFromArray(
          ids.map((id) => ({ name: 'item', id })),
          type,
        );
      if (name === 'view_ref')
        return arrow.vectorFromArray(
          ids.map((id) => ({ name: 'image', id })),
          type,
        );
      return arrow.vectorFromArray(
        Array.from({ length: count }, (_, index) => sampleOf(type, start + index, now)),
        type,
      );
    },
  };
}

function sampleOf(type: Arrow.DataType, index: number, now: number): unknown {
  if (arrow.DataType.isUtf8(type)) return index % 2 === 0 ? 'even' : 'odd';
  if (arrow.DataType.isInt(type)) return 640n;
  if (arrow.DataType.isTimestamp(type)) return now;
  if (arrow.DataType.isList(type)) return [];
  return { name: '', id: '' };
}

function vectorColumn(type: Arrow.DataType, count: number, vectors: ClusteredVectors): Arrow.Vector {
  const { dim } = vectors;
  const values = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) vectors.fill(values, row * dim);
  const child = arrow.makeData({ type: new arrow.Float32(), length: values.length, nullCount: 0, data: values });
  return arrow.makeVector(arrow.makeData({ type: type as Arrow.FixedSizeList, length: count, nullCount: 0, child }));
}
