import {
  ComputeDocument,
  CreateTableDocument,
  createClient,
  DatasetDocument,
  SearchItemsDocument,
} from 'viewfinder/client';

const [url = 'http://127.0.0.1:4000/graphql'] = process.argv.slice(2);
const client = createClient({ url });

const by = { folder: 'health_images' };
const { dataset } = await client.query(DatasetDocument, { by });
if (dataset === null) throw new Error('There is no such dataset.');

const table = { dataset: dataset.id, name: 'emb_open-clip', embeddingFunction: 'open-clip', existOk: true };
const { createEmbeddingTable: made } = await client.query(CreateTableDocument, { input: table });
if (made.__typename !== 'CreateEmbeddingTablePayload') throw new Error(made.message);

const work = { dataset: dataset.id, table: made.table.name };
const { computeViewEmbeddings: begun } = await client.query(ComputeDocument, { input: work });
if (begun.__typename !== 'ComputeViewEmbeddingsPayload') throw new Error(begun.message);
for await (const { job } of client.followJob(begun.job.id)) {
  console.log(`${job.state}: ${job.embedded + job.skipped} of ${job.total}, ${job.failed} failed`);
}

const input = { table: made.table.name, query: { text: 'microscope picture of red cells' } };
const found = await client.query(SearchItemsDocument, { dataset: by, input, first: 5 });
for (const { distance, node } of found.dataset?.search.edges ?? []) console.log(distance.toFixed(4), node.pixanoId);
