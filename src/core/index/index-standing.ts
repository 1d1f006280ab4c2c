import type { Measurement } from './index-record.ts';
import { DEFAULT_TYPE } from './index-types.ts';
import type { VectorIndex } from './vector-index.ts';

/** What an index must find of the ten nearest vectors, where nothing else is asked of it. */
export const DEFAULT_RECALL = 0.95;

/** A share of the rows by which a table may change before its index is measured anew. */
export const TOLERATED_CHANGE = 0.1;

/**
 * NONE: there is no index. DROPPED: there was one, whose recall was too low. UNMEASURED: nothing is known of this very
 * index. TOO_LOW: its recall is. OUTGROWN: the table has changed by more than a tenth since. HOLDS: it keeps its promise.
 */
export type IndexVerdict = 'NONE' | 'DROPPED' | 'UNMEASURED' | 'TOO_LOW' | 'OUTGROWN' | 'HOLDS';

/** What is known of the index of a table. */
export interface IndexStanding {
  readonly rows: number;
  readonly index: VectorIndex | null;
  readonly verdict: IndexVerdict;
  /** The last measurement, of whatever index. */
  readonly measurement: Measurement | null;
}

export function indexStanding(rows: number, index: VectorIndex | null, measurement: Measurement | null): IndexStanding {
  return { rows, index, measurement, verdict: verdictOn(rows, index, measurement) };
}

function verdictOn(rows: number, index: VectorIndex | null, measurement: Measurement | null): IndexVerdict {
  if (index === null) return measurement?.index === null ? 'DROPPED' : 'NONE';
  if (measurement?.index !== index.identity) return 'UNMEASURED';
  if (measurement.depths.length === 0) return 'TOO_LOW';
  return hasChanged(rows, measurement) ? 'OUTGROWN' : 'HOLDS';
}

/** Whether a table has changed too much for what was measured of it. */
export function hasChanged(rows: number, measurement: Measurement | null): boolean {
  return measurement === null || Math.abs(rows - measurement.rows) > measurement.rows * TOLERATED_CHANGE;
}

/** Whether an index is missing, or of little use as it is, and making or measuring one may help. */
export function isWanting({ rows, index, verdict, measurement }: IndexStanding): boolean {
  if (verdict === 'HOLDS') return (index?.unindexedRows ?? 0) > rows * TOLERATED_CHANGE;
  if (verdict !== 'DROPPED' || measurement === null) return true;
  const { type, minRecallAt10 } = measurement;
  return type !== DEFAULT_TYPE || minRecallAt10 > DEFAULT_RECALL || hasChanged(rows, measurement);
}
