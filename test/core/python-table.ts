import { randomBytes } from 'node:crypto';
import { arrow } from '../../src/core/arrow.ts';
import type { Dataset } from '../../src/core/dataset.ts';
import { embeddingBatch } from '../../src/core/embedding-batch.ts';
import type { EmbeddedView } from '../../src/core/layout.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';

export interface PythonTable {
  /** As LanceDB names the function; as Pixano does where it is left out. */
  readonly functionName?: string;
  /** The arguments that the metadata state: all of them (LanceDB 0.17), or the explicit ones (0.29). */
  readonly model?: Readonly<Record<string, unknown>>;
  /** What `shape` holds. */
  readonly shape?: readonly number[];
  readonly rows: readonly EmbeddedView[];
  /** False: no file of the dataset names it. */
  readonly registered?: boolean;
}

/**
 * Writes a table of embeddings as Python does, which knows neither our ids nor a key: each row has
 * an id of its own, so that a view that is written twice is there twice.
 */
export async function writePythonTable(dataset: Dataset, name: string, table: PythonTable): Promise<void> {
  const { layout, store } = dataset;
  const {
    functionName = `pixano_${dataset.id}_${name}_open-clip`,
    model = {},
    shape = [],
    rows,
    registered = true,
  } = table;
  const entry = { name: functionName, model, source_column: layout.sourceColumn, vector_column: 'vector' };
  const metadata = new Map([['embedding_functions', JSON.stringify([entry], null, 2)]]);
  const dimensions = rows[0]?.vector.length ?? 512;
  const schema = new arrow.Schema(layout.embeddingFields(dimensions), metadata);
  const lance = await store.create(name, schema, { overwrite: false });
  if (registered) await layout.registerEmbeddingTable(name, dimensions, SchemaRelation.OneToOne);
  const space = { ...SPACE, sourceColumn: layout.sourceColumn };
  const columns = rows.map((row) => ({
    ...layout.embeddingRow(row, randomBytes(11).toString('hex'), space),
    shape: shape.map(BigInt),
  }));
  const vectors = rows.map(({ vector }) => vector);
  await lance.add(embeddingBatch(columns, vectors, await lance.schema(), 'vector'));
}

const SPACE = { embeddingFunction: 'open-clip', options: {}, distance: 'l2', vectorColumn: 'vector' } as const;
