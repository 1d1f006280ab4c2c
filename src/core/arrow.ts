import { createRequire } from 'node:module';
import type * as Arrow from 'apache-arrow';

/** LanceDB's own copy of Arrow: `instanceof` and types of the ESM copy fail in it. */
export const arrow: typeof Arrow = createRequire(import.meta.url)('apache-arrow');
