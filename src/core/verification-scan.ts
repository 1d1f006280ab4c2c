import { createHash } from 'node:crypto';
import type * as Arrow from 'apache-arrow';
import type { EmbeddingTable } from './embedding-table.ts';
import type { EmbeddingReference } from './layout.ts';
import { batchRows, type RowQuery } from './row.ts';
import { sqlIn } from './sql.ts';
import { everyVector, vectorBatches, vectorsOf } from './vector-batches.ts';
import type { ViewKey } from './view.ts';

/** A row of an embedding table with its vector. */
export interface StoredVector extends EmbeddingReference {
  readonly id: string;
  readonly vector: Float32Array;
}

export interface PlacedVector extends StoredVector {
  /** Its place in the table, from 0. */
  readonly position: number;
}

/** What can be wrong with a vector by itself. */
export type Flaw = 'NULL_VECTORS' | 'NON_FINITE_VECTORS' | 'ZERO_VECTORS' | 'NOT_NORMALIZED';

export interface VectorScan {
  readonly rows: number;
  readonly flaws: ReadonlyMap<Flaw, { readonly count: number; readonly first: readonly StoredVector[] }>;
  /** The rows that were asked for; those that have a direction, and so can be compared. */
  readonly sample: readonly PlacedVector[];
}

export interface ScanOptions {
  /** Rows to bring back, in ascending order. */
  readonly positions: readonly number[];
  /** Whether every vector must have length 1. */
  readonly normalized: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onRows?: ((rows: number) => void) | undefined;
}

/** Rows of each flaw that are brought back. */
const FIRST = 8;

/** How far a length may be from 1: vectors that were kept as 8-bit numbers are within 0.005. */
const LENGTH_TOLERANCE = 0.01;

/** Reads every vector of a table once, a few thousand in memory at a time. @throws DatasetUnreadableError */
export async function scanVectors(
  table: EmbeddingTable,
  { positions, normalized, signal, onRows }: ScanOptions,
): Promise<VectorScan> {
  const wanted = new Set(positions);
  const flaws = new Map<Flaw, { count: number; first: StoredVector[] }>();
  const sample: PlacedVector[] = [];
  let rows = 0;
  for await (const batch of everyVector(table)) {
    signal?.throwIfAborted();
    const vectorAt = vectorsOf(batch, table);
    for (let index = 0; index < batch.numRows; index++) {
      const vector = vectorAt(index);
      const flaw = flawOf(vector, normalized);
      if (flaw !== null) {
        const found = flaws.get(flaw) ?? { count: 0, first: [] };
        flaws.set(flaw, found);
        found.count += 1;
        if (found.first.length < FIRST) found.first.push(storedVector(table, batch, index, vector));
      }
      if (!wanted.has(rows + index) || (flaw !== null && flaw !== 'NOT_NORMALIZED')) continue;
      sample.push({ ...storedVector(table, batch, index, vector), position: rows + index });
    }
    rows += batch.numRows;
    onRows?.(rows);
  }
  return { rows, flaws, sample };
}

/** The rows at these positions alone, found without reading those before them. @throws DatasetUnreadableError */
export async function vectorsAt(table: EmbeddingTable, positions: readonly number[]): Promise<StoredVector[]> {
  const found: StoredVector[] = [];
  for (const offset of positions) found.push(...(await soundVectors(table, { offset, limit: 1 })));
  return found;
}

/** The rows of these views, in any order. @throws DatasetUnreadableError */
export function vectorsOfViews(table: EmbeddingTable, views: readonly ViewKey[]): Promise<StoredVector[]> {
  return soundVectors(table, { where: table.layout.whereViews(views) });
}

/** Those that have a direction. */
async function soundVectors(table: EmbeddingTable, rows: Omit<RowQuery, 'columns'>): Promise<StoredVector[]> {
  const found: StoredVector[] = [];
  for await (const batch of vectorBatches(table, rows)) {
    const vectorAt = vectorsOf(batch, table);
    for (let index = 0; index < batch.numRows; index++) {
      const vector = vectorAt(index);
      if (flawOf(vector, false) === null) found.push(storedVector(table, batch, index, vector));
    }
  }
  return found;
}

/** The vectors of the rows with these ids that are there, by id; an empty one for a row that has none. */
export async function vectorsById(table: EmbeddingTable, ids: readonly string[]): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for await (const batch of vectorBatches(table, { where: sqlIn('id', ids) })) {
    for (let index = 0; index < batch.numRows; index++) {
      found.set(String(batch.getChild('id')?.get(index)), vectorsOf(batch, table)(index));
    }
  }
  return found;
}

/**
 * Positions spread over a table, one from each of `size` equal parts of it: its middle row, or with
 * a seed a row that the seed draws. The same arguments give the same rows.
 */
export function spreadPositions(rows: number, size: number, seed?: number): number[] {
  const parts = Math.min(rows, size);
  return Array.from({ length: parts }, (_, part) => {
    const start = Math.floor((part * rows) / parts);
    const end = Math.floor(((part + 1) * rows) / parts);
    return start + Math.floor((seed === undefined ? 0.5 : drawn(seed, part)) * (end - start));
  });
}

function flawOf(vector: Float32Array, normalized: boolean): Flaw | null {
  if (vector.length === 0) return 'NULL_VECTORS';
  let squares = 0;
  for (let index = 0; index < vector.length; index++) {
    const component = vector[index] ?? 0;
    squares += component * component;
  }
  if (!Number.isFinite(squares)) return 'NON_FINITE_VECTORS';
  if (squares === 0) return 'ZERO_VECTORS';
  return normalized && Math.abs(Math.sqrt(squares) - 1) > LENGTH_TOLERANCE ? 'NOT_NORMALIZED' : null;
}

function storedVector(
  table: EmbeddingTable,
  batch: Arrow.RecordBatch,
  index: number,
  vector: Float32Array,
): StoredVector {
  const [row] = batchRows(table.name, batch.slice(index, index + 1));
  if (row === undefined) throw new RangeError(`A batch of ${batch.numRows} rows has no row ${index}.`);
  // A copy, for the vector is a window into its whole batch.
  return { ...table.layout.embeddingReference(row), id: row.id, vector: vector.slice() };
}

/** In [0, 1). */
function drawn(seed: number, part: number): number {
  return createHash('sha256').update(`${seed}/${part}`).digest().readUInt32BE() / 2 ** 32;
}
