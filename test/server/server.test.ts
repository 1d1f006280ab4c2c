import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openDataset, openModels, type TestModels } from '../library.ts';
import { postJson, startServer, type TestServer } from './running-server.ts';

const SLOW_PLUGIN = fileURLToPath(new URL('../plugins/fixtures/trouble-plugin.ts', import.meta.url));

let models: TestModels;
beforeAll(async () => {
  models = await openModels([SLOW_PLUGIN]);
});
afterAll(() => models[Symbol.asyncDispose]());

/** Begins a job of two batches that take so many milliseconds each. */
async function begin(server: TestServer, imageMs: number): Promise<string> {
  const dataset = Buffer.from('Dataset:health_images').toString('base64url');
  const { data } = await server.ask<{ compute: { job: { id: string } } }>(
    `mutation ($dataset: ID!, $options: JSON!) {
      createEmbeddingTable(
        input: { dataset: $dataset, name: "slow", embeddingFunction: "trouble", options: $options }
      ) { __typename }
      compute: computeViewEmbeddings(input: { dataset: $dataset, table: "slow" }) {
        ... on ComputeViewEmbeddingsPayload { job { id } }
      }
    }`,
    { dataset, options: { imageMs } },
  );
  return data.compute.job.id;
}

describe('a service that is stopped', () => {
  test('finishes the batches under way, tells who follows, and answers no more', async () => {
    const server = await startServer('items', {}, models);
    try {
      const id = await begin(server, 300);
      const states: unknown[] = [];
      const follower = (async () => {
        const query = 'subscription ($id: ID!) { embeddingJob(id: $id) { job { state embedded } } }';
        for await (const { data } of server
          .sse()
          .iterate<{ embeddingJob: { job: unknown } }>({ query, variables: { id } }))
          states.push(data?.embeddingJob.job);
      })();
      await delay(200);
      await server.stop();
      await follower;
      const table = await (await openDataset(server.copy)).embeddingTable('slow');
      expect(states.at(-1)).toEqual({
        state: expect.stringMatching(/INTERRUPTED|SUCCEEDED/),
        embedded: await table.rowCount(),
      });
      await expect(postJson(server.url, { query: '{ __typename }' })).rejects.toThrow();
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test('does not wait for a client that no longer listens', async () => {
    await using server = await startServer('items', {}, models);
    const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
    await once(socket, 'open');
    socket.pause();
    await server.stop();
    socket.terminate();
  });
});
