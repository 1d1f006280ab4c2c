import type { Table } from '@lancedb/lancedb';

/** An approximate index that a table has, whoever made it. */
export interface VectorIndex {
  /** As LanceDB names it, such as `IVF_PQ`. */
  readonly type: string;
  readonly indexedRows: number;
  /** Rows that were added since it was made. */
  readonly unindexedRows: number;
}

/** The index over a column of vectors; null where there is none. */
export async function vectorIndexOf(table: Table, column: string): Promise<VectorIndex | null> {
  const index = (await table.listIndices()).find(({ columns }) => columns.includes(column));
  const stats = index && (await table.indexStats(index.name));
  if (!stats) return null;
  return { type: stats.indexType, indexedRows: stats.numIndexedRows, unindexedRows: stats.numUnindexedRows };
}
