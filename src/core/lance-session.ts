import { Session } from '@lancedb/lancedb';

/** Bytes that Lance may remember of the files of all tables; of their indexes it may as much as it does by itself. */
const METADATA_CACHE = 32 * 1024 ** 2;

/**
 * What Lance remembers of all tables. Each version of a table is among it, and a computation makes thousands of them:
 * without a limit they take a gigabyte.
 */
export const lanceSession = new Session(null, BigInt(METADATA_CACHE));
