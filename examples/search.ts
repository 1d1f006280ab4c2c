/**
 * Searches a dataset for a text and prints what is nearest, with the addresses of its thumbnails.
 *
 *   npx --no-install node examples/search.ts health_images "microscope" --table emb_open-clip
 */
import { parseArgs } from 'node:util';
import { createClient, SearchItemsDocument } from 'viewfinder/client';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'http://127.0.0.1:4000/graphql' }, table: { type: 'string' } },
});
const [folder = 'health_images', text = 'microscope'] = positionals;
const { url, table = null } = values;

try {
  const client = createClient({ url, token: process.env.VIEWFINDER_TOKEN });
  const input = { table, query: { text } };
  const { dataset } = await client.query(SearchItemsDocument, { dataset: { folder }, input, first: 5 });
  if (dataset === null) throw new Error(`There is no dataset "${folder}".`);
  const { edges, explain } = dataset.search;
  for (const [index, { distance, similarity, node, view }] of edges.entries()) {
    const thumbnail = view?.thumbnailUrl ? new URL(view.thumbnailUrl, url).href : 'no picture';
    console.log(`${index + 1}.  ${distance.toFixed(4)}  ${similarity.toFixed(3)}  ${node.pixanoId}  ${thumbnail}`);
  }
  console.log(`${explain.plan} (${explain.candidates} vectors, ${explain.searchMs.toFixed(1)} ms)`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
