import { type BigIntStats, statSync } from 'node:fs';

/**
 * What the file system says of a file or folder; null where it is not there, or may not be looked at.
 * Synchronous, for it takes microseconds, and each read of a table begins with several: to wait for Node's threads
 * takes twenty times as long as the look.
 */
export function fileStats(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** Nanoseconds for which two changes of a folder may have the same time: a tick of the system's clock, and some. */
const TICK_NS = 50_000_000n;

/** Whether one more change would give it another time. */
export function isSettled({ mtimeNs }: BigIntStats): boolean {
  return BigInt(Date.now()) * 1_000_000n - mtimeNs > TICK_NS;
}
