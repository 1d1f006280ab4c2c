import type { Table } from '@lancedb/lancedb';

/** An approximate index that a table has, whoever made it. */
export interface VectorIndex {
  /** As LanceDB names it, such as `IVF_PQ`. */
  readonly type: string;
  /** The distance that it was made for; searches by another do not use it. */
  readonly distance: string | null;
  readonly indexedRows: number;
  /** Rows that were added since it was made; searches compare all of these. */
  readonly unindexedRows: number;
  /** Another text whenever an index was made anew, extended or replaced, by whatever program. */
  readonly identity: string;
  /** Its name in the table. */
  readonly name: string;
}

/** The index over a column of vectors; null where there is none. */
export async function vectorIndexOf(table: Table, column: string): Promise<VectorIndex | null> {
  const found = (await table.listIndices()).filter(({ columns }) => columns.includes(column));
  const [first] = found;
  const stats = first && (await table.indexStats(first.name));
  if (!first || !stats) return null;
  return {
    type: stats.indexType,
    distance: stats.distanceType ?? null,
    indexedRows: stats.numIndexedRows,
    unindexedRows: stats.numUnindexedRows,
    // Lance never changes an index's files: whoever makes or extends one gives it new ones.
    identity: found
      .map(({ name, indexUuid, numSegments, sizeBytes }) => [name, indexUuid, numSegments, sizeBytes].join(':'))
      .sort()
      .join(),
    name: first.name,
  };
}
