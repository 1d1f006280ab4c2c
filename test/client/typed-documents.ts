/**
 * What must not compile: each line below its comment is an error of types, and where it is none, `tsc` fails here. Never run.
 */
import {
  type ClientOptions,
  createClient,
  FollowJobDocument,
  JobsDocument,
  SearchItemsDocument,
} from 'viewfinder/client';

declare const options: ClientOptions;
const client = createClient(options);
const dataset = { folder: 'health_images' };
const input = { query: { text: 'microscope' } };

export async function mistakes(): Promise<void> {
  // @ts-expect-error a variable is missing
  await client.query(SearchItemsDocument, { dataset });
  // @ts-expect-error a variable has another type
  await client.query(SearchItemsDocument, { dataset, input, first: 'five' });
  // @ts-expect-error there is no such variable
  await client.query(SearchItemsDocument, { dataset, input, frist: 5 });
  // @ts-expect-error a query is one thing
  await client.query(SearchItemsDocument, { dataset, input: { query: { text: 'microscope', imageUrl: 'http://a' } } });
  // @ts-expect-error there is no such state
  await client.query(JobsDocument, { states: ['DONE'] });
  // @ts-expect-error the options have another name
  await client.query(JobsDocument, {}, { abort: new AbortController().signal });

  const found = await client.query(SearchItemsDocument, { dataset, input });
  // @ts-expect-error there may be no such dataset
  found.dataset.search;
  const edge = found.dataset?.search.edges[0];
  // @ts-expect-error the document does not ask for it
  edge?.node.embeddings;
  // @ts-expect-error it is a number
  edge?.distance.toUpperCase();
  const distance: number | undefined = edge?.distance;

  // @ts-expect-error a query cannot be followed
  client.follow(SearchItemsDocument, { dataset, input });
  // @ts-expect-error the id is missing
  client.follow(FollowJobDocument, {});
  for await (const { job } of client.follow(FollowJobDocument, { id: 'a', after: '5' })) {
    // @ts-expect-error there is no such state
    if (job.state === 'DONE') return;
    const left: number = job.total - job.embedded + (distance ?? 0);
    // @ts-expect-error it is never changed
    job.total = left;
  }
}
