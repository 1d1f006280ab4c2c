import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TOUCHY } from '../core/tutorial.ts';
import { openModels, type TestModels } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

const DATASET = Buffer.from('Dataset:health_images').toString('base64url');

/** What the plugin does with each batch, and what its job says of it. */
const TROUBLES = [
  ['gives a vector too few', 'few', /^The model is broken: it gave \d+ vectors for \d+ inputs\.$/],
  [
    'gives vectors of another length',
    'short',
    /^The model is broken: it gave a vector of 2 numbers, where 3 are right\.$/,
  ],
  ['gives numbers that are none', 'nan', /^The model gave a vector with a number that is not finite\.$/],
  [
    'gives its vectors in another order',
    'reversed',
    /^The model is broken: .* in another order than that of its inputs\.$/,
  ],
  ['throws', 'throw', /^The model failed: a bug in the model$/],
  ['ends its process', 'exit', /^The model's process ended with exit code 3\.$/],
  ['crashes', 'crash', /^The model's process was ended by SIGABRT/],
  [
    'gives no answer in its time',
    'hang',
    /^The model's process gave no answer to embedImages within 2 s and was ended\.$/,
  ],
] as const;

interface Job {
  readonly state: string;
  readonly embedded: number;
  readonly error: string | null;
}

let models: TestModels;
let server: TestServer;
const jobs = new Map<string, string>();
beforeAll(async () => {
  models = await openModels([TOUCHY], { timeouts: { call: 2000 } });
  server = await startServer('items', {}, models);
  // At once, for each is asked again and again before it is given up.
  for (const [, images] of TROUBLES) jobs.set(images, await begin(images));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

async function begin(images: string): Promise<string> {
  const table = `emb_${images}`;
  const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(`mutation {
    createEmbeddingTable(input: { dataset: "${DATASET}", name: "${table}", embeddingFunction: "touchy",
      options: { images: "${images}" } }) { __typename }
    computeViewEmbeddings(input: { dataset: "${DATASET}", table: "${table}" }) {
      ... on ComputeViewEmbeddingsPayload { job { id } } } }`);
  return data.computeViewEmbeddings.job.id;
}

test.each(TROUBLES)('a plugin that %s fails its job, and the service goes on', async (_what, images, message) => {
  const id = jobs.get(images);
  const ended = await vi.waitFor(
    async () => {
      const { data } = await server.ask<{ embeddingJob: Job }>(
        `{ embeddingJob(id: "${id}") { state embedded error } }`,
      );
      expect(data.embeddingJob.state).not.toMatch(/QUEUED|RUNNING/);
      return data.embeddingJob;
    },
    { timeout: 28_000, interval: 100 },
  );
  expect(ended).toEqual({ state: 'FAILED', embedded: 0, error: expect.stringMatching(message) });
  const { data, errors } = await server.ask(`{ dataset(by: { folder: "health_images" }) {
    itemCount
    search(input: { table: "emb_tiny", query: { text: "microscope picture of red cells" } }) { edges { distance } } } }`);
  expect([errors, data]).toMatchObject([undefined, { dataset: { itemCount: 12, search: { edges: { length: 12 } } } }]);
});
