import { setPriority } from 'node:os';
import { connect } from '@lancedb/lancedb';

/** Compacts one table, and ends: see compaction.ts. */
const [folder = '', name = ''] = process.argv.slice(2);
try {
  setPriority(5);
} catch {
  // Not every system allows it.
}
const table = await (await connect(folder)).openTable(name);
await table.optimize();
