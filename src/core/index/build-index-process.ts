import { setPriority } from 'node:os';
import { connect } from '@lancedb/lancedb';
import { indexConfig, indexPlan } from './index-types.ts';

/** Builds one index, says how that went, and ends: see build-index.ts. */
const [folder = '', name = '', column = '', request = ''] = process.argv.slice(2);
// It works under the lock of the process that began it, which goes with that process.
process.once('disconnect', () => process.exit());
try {
  setPriority(5);
} catch {
  // Not every system allows it.
}
let error: string | null = null;
try {
  const table = await (await connect(folder)).openTable(name);
  const plan = indexPlan.parse(JSON.parse(request));
  const place = plan.name === null ? {} : { name: plan.name };
  await table.createIndex(column, { config: indexConfig(plan), replace: true, ...place });
} catch (cause) {
  error = cause instanceof Error ? cause.message : String(cause);
}
process.send?.({ error }, undefined, undefined, () => process.disconnect());
