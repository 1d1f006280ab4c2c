import { setPriority } from 'node:os';
import { connect } from '@lancedb/lancedb';

/** Compacts one table, and ends: see compaction.ts. */
const [folder = '', name = ''] = process.argv.slice(2);
// It works under the lock of the process that began it, which goes with that process.
process.once('disconnect', () => process.exit());
try {
  setPriority(5);
} catch {
  // Not every system allows it.
}
const table = await (await connect(folder)).openTable(name);
await table.optimize();
process.disconnect();
