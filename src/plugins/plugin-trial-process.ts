/** Imports the module that is named, and tells its parent that it is still there: the child of plugin-trial.ts. */
import { setImmediate as turn } from 'node:timers/promises';
import { provideContract } from './provide-contract.ts';

provideContract();
await import(process.argv[2] ?? '').catch(() => {});
// A promise that nobody waits for has been rejected by now.
await turn();
process.send?.('imported', undefined, undefined, () => process.exit());
