import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ComputeDocument,
  CreateTableDocument,
  DatasetsDocument,
  ProgressDocument,
  type ProgressSubscription,
  SearchItemsDocument,
  ViewsDocument,
} from '../graphql/graphql.ts';
import { goldenSearches } from '../schema/golden.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

type Job = ProgressSubscription['embeddingJob']['job'];

async function ask<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { data, errors } = await server.ask<Data>(print(document), variables);
  expect(errors).toBeUndefined();
  return data;
}

/** All that a subscription gives until it completes. */
async function follow(results: AsyncIterable<{ data?: ProgressSubscription | null | undefined }>): Promise<Job[]> {
  const jobs: Job[] = [];
  for await (const { data } of results) if (data) jobs.push(data.embeddingJob.job);
  return jobs;
}

function expectWholeStory(jobs: readonly Job[]): void {
  const states = jobs.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
  expect(states).toEqual(['QUEUED', 'RUNNING', 'SUCCEEDED'].slice(-states.length));
  expect(jobs.at(-1)).toMatchObject({ state: 'SUCCEEDED', total: 12, embedded: 12, skipped: 0, failed: 0 });
  const embedded = jobs.map((job) => job.embedded);
  expect(embedded).toEqual(embedded.toSorted((a, b) => a - b));
}

test('the tutorial runs through GraphQL alone', async () => {
  const { library } = await ask(DatasetsDocument, {});
  const dataset = library.datasets.nodes.find(({ folder }) => folder === 'health_images')?.id ?? '';

  const made = await ask(CreateTableDocument, {
    input: { dataset, name: 'emb_new', embeddingFunction: 'open-clip', relation: 'ONE_TO_ONE' },
  });
  expect(made).toMatchObject({
    createEmbeddingTable: { table: { name: 'emb_new', dimensions: 512, health: 'EMPTY' } },
  });

  const taken = await ask(ViewsDocument, { folder: 'health_images' });
  expect(taken.dataset?.views).toMatchObject({ totalCount: 12 });

  const { computeViewEmbeddings: begun } = await ask(ComputeDocument, { input: { dataset, table: 'emb_new' } });
  expect(begun).toMatchObject({ job: { state: 'QUEUED', total: 12 } });
  const id = begun.__typename === 'ComputeViewEmbeddingsPayload' ? begun.job.id : '';

  const progress = { query: print(ProgressDocument), variables: { id } };
  const [overSse, overSocket] = await Promise.all([
    follow(server.sse().iterate<ProgressSubscription>(progress)),
    follow(server.webSocket().iterate<ProgressSubscription>(progress)),
  ]);
  expectWholeStory(overSse);
  expectWholeStory(overSocket);

  const searches = (await goldenSearches('emb_open-clip')).filter(({ args }) => args.limit === 5 && args.skip === 0);
  expect(searches.length).toBeGreaterThan(7);
  for (const { args, items, distances } of searches) {
    const input = { table: 'emb_new', query: { text: args.query } };
    const found = await ask(SearchItemsDocument, { folder: 'health_images', input });
    const edges = found.dataset?.search.edges ?? [];
    expect(edges.map(({ node }) => node.pixanoId)).toEqual(items);
    for (const [index, { distance }] of edges.entries()) {
      expect(Math.abs(distance - (distances[index] ?? Number.NaN))).toBeLessThan(1e-5);
    }
  }
  expect(server.log).toEqual([]);
});
