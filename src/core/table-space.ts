import type * as Arrow from 'apache-arrow';
import { vectorLength } from './embedding-table.ts';
import type { Layout } from './layout.ts';
import { type ModelIds, readSidecar, sidecarSpace } from './sidecar.ts';
import type { TableStore } from './table-store.ts';
import { type VectorSpace, vectorSpaceOf } from './vector-space.ts';

/** What of a dataset says which space a table is of. */
export interface Spaces {
  readonly id: string;
  /** The dataset's folder. */
  readonly path: string;
  readonly layout: Layout;
  readonly store: TableStore;
  readonly modelIds: ModelIds;
}

/**
 * The space of a table's vectors, as its metadata or Pixano 0.8's sidecar say; null where neither does.
 * @throws DatasetUnreadableError TABLE_UNREADABLE, where the sidecar is that of other vectors
 */
export async function tableSpace(dataset: Spaces, name: string, schema: Arrow.Schema): Promise<VectorSpace | null> {
  const { id: datasetId, path, layout, store, modelIds } = dataset;
  const space = vectorSpaceOf(schema.metadata, { datasetId, table: name });
  if (space !== null || name !== layout.sidecarTable) return space;
  const sidecar = await readSidecar(path);
  if (sidecar === null) return null;
  const found = sidecarSpace(sidecar, modelIds);
  const length = vectorLength(schema, found.vectorColumn);
  if (length === sidecar.dimensions) return found;
  throw store.unreadable(name, `its vectors have ${length} dimensions, and embeddings.json says ${sidecar.dimensions}`);
}
