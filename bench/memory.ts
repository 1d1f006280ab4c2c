/**
 * Whether a computation of many views takes more memory than one of few: tiny pictures, and a model
 * that costs nothing, so that what is left is Viewfinder's own.
 *
 *   npm run -s bench:memory -- [--views 1000,10000,100000] [--dimensions 512] [--layout items] [--json]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { manyViews } from './many-views.ts';

const { values } = parseArgs({
  options: {
    views: { type: 'string', default: '1000,10000,100000' },
    dimensions: { type: 'string', default: '512' },
    layout: { type: 'string', default: 'items' },
    json: { type: 'boolean' },
  },
});
const layout = values.layout === 'records' ? 'records' : 'items';
const results = [];
for (const count of values.views.split(',').map(Number)) {
  await using views = await manyViews(layout, count);
  const entry = fileURLToPath(new URL('./memory-process.ts', import.meta.url));
  const child = fork(entry, [views.path, views.media, values.dimensions]);
  const [measured] = await once(child, 'message');
  await once(child, 'exit');
  results.push({ layout, ...measured });
}
if (values.json) console.log(JSON.stringify(results));
else console.table(results);
