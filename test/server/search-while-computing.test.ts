import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCopies } from '../core/more-views.ts';
import { openDataset } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await addCopies(await openDataset(server.copy), 400);
});
afterAll(() => server[Symbol.asyncDispose]());

interface Found {
  readonly dataset: { readonly search: { readonly edges: readonly { readonly distance: number }[] } };
}

test('a text search is answered, and rightly, while a job computes with the same model', async () => {
  const id = Buffer.from('Dataset:health_images').toString('base64url');
  const create = `createEmbeddingTable(input: { dataset: "${id}", name: "emb_new", embeddingFunction: "open-clip",
    options: { name: "pixano-tiny-clip" } }) { __typename }`;
  await server.ask(`mutation { ${create} }`);
  const begin = `mutation { computeViewEmbeddings(input: { dataset: "${id}", table: "emb_new" }) {
    ... on ComputeViewEmbeddingsPayload { job { id } } } }`;
  const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(begin);
  const job = data?.computeViewEmbeddings.job.id;

  const search = `{ dataset(by: { folder: "health_images" }) {
    search(input: { table: "emb_tiny", query: { text: "microscope picture of red cells" } }) { edges { distance } } } }`;
  const { data: alone } = await server.ask<Found>(search);
  let whileRunning = 0;
  for (let state = 'QUEUED'; state === 'QUEUED' || state === 'RUNNING'; ) {
    const { data: found, errors } = await server.ask<Found>(search);
    expect(errors).toBeUndefined();
    expect(found).toEqual(alone);
    const { data: now } = await server.ask<{ embeddingJob: { state: string; embedded: number } }>(
      `{ embeddingJob(id: "${job}") { state embedded } }`,
    );
    state = now?.embeddingJob.state ?? 'GONE';
    if (state === 'RUNNING') whileRunning += 1;
    if (state === 'SUCCEEDED') expect(now?.embeddingJob.embedded).toBe(412);
  }
  expect(whileRunning).toBeGreaterThan(3);
});
