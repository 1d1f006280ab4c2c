import { Index } from '@lancedb/lancedb';
import { z } from 'zod';
import type { Distance } from '../../plugins/embedding-plugin.ts';
import { ValidationError } from '../errors.ts';

interface Shape {
  readonly distance: Distance;
  readonly partitions: number;
}

interface TypeInfo {
  readonly use: string;
  /** Fewest rows that Lance can make one of. */
  readonly fewestRows: number;
  partitions(rows: number): number;
  config(plan: Shape): Index;
}

/**
 * Partitions that Python's LanceDB looks into where nothing else is asked of it. Pixano up to 0.7 asks for all rows of
 * a table and gets those of so many partitions: where there are no more, its answers stay whole.
 */
const PYTHON_PROBES = 20;
/** Rows beyond which that is too slow for us; Pixano's own search takes more than a second and a gigabyte there. */
const WHOLE_ROWS = 250_000;

const byRoot = (rows: number) => Math.max(1, Math.round(Math.sqrt(rows)));

/** The types that are made here; Python's LanceDB reads and uses each of them. */
const TYPES = {
  IVF_FLAT: {
    use: 'exact distances, built in seconds, as large as the vectors: the usual choice',
    fewestRows: 1,
    partitions: (rows) => (rows > WHOLE_ROWS ? byRoot(rows) : Math.min(byRoot(rows), PYTHON_PROBES)),
    config: ({ distance, partitions }) => Index.ivfFlat({ distanceType: distance, numPartitions: partitions }),
  },
  IVF_HNSW_SQ: {
    use: 'a graph over vectors of 8 bits: the fastest answers, about ten times as long to build',
    fewestRows: 256,
    partitions: (rows) => Math.max(1, Math.round(rows / 1_000_000)),
    config: ({ distance, partitions }) => Index.hnswSq({ distanceType: distance, numPartitions: partitions }),
  },
  IVF_PQ: {
    use: 'a few bytes a vector, where memory is short: its candidates are compared anew by their own vectors',
    fewestRows: 256,
    partitions: byRoot,
    config: ({ distance, partitions }) => Index.ivfPq({ distanceType: distance, numPartitions: partitions }),
  },
} as const satisfies Record<string, TypeInfo>;

export type IndexType = keyof typeof TYPES;

export const DEFAULT_TYPE: IndexType = 'IVF_FLAT';

/** What can be asked for, for people to read. */
export const INDEX_TYPES: string = Object.entries(TYPES)
  .map(([type, { use }]) => `${type} (${use})`)
  .join('; ');

export function isIndexType(type: string): type is IndexType {
  return Object.hasOwn(TYPES, type);
}

/** @throws ValidationError that names the types there are */
export function indexType(type: string): IndexType {
  if (isIndexType(type)) return type;
  throw ValidationError.at('type', `"${type}" is no type of index that is made here; there are: ${INDEX_TYPES}.`);
}

export function fewestRows(type: IndexType): number {
  return TYPES[type].fewestRows;
}

export const indexTypeName = z.enum(Object.keys(TYPES).filter(isIndexType));

/** What an index is made with, on its way to another process. */
export const indexPlan = z.object({
  type: indexTypeName,
  distance: z.enum(['l2', 'cosine', 'dot']),
  partitions: z.int().min(1),
  /** Of the index whose place it takes. */
  name: z.string().nullable(),
});

export type IndexPlan = z.output<typeof indexPlan>;

export function partitionsOf(type: IndexType, rows: number): number {
  return TYPES[type].partitions(rows);
}

/** An object for one call of `createIndex`, which spends it. */
export function indexConfig(plan: IndexPlan): Index {
  return TYPES[plan.type].config(plan);
}

/** Whether an index holds the vectors as they are; others hold something shorter, and their distances are estimates. */
export function isFlat(type: string): boolean {
  return type.endsWith('_FLAT');
}
