import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FIXTURES } from '../library.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const DATASET = Buffer.from('Dataset:health_images').toString('base64url');
const inDataset = (selection: string) => `{ dataset(by: { folder: "health_images" }) { ${selection} } }`;
const SEARCH = inDataset('search(input: { table: "emb_open-clip", query: { text: "cells" } }) { edges { distance } }');
const ID = expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/);

/** What a client must never read: where anything is on this machine. */
function expectNoFolder(answer: unknown): void {
  const text = JSON.stringify(answer);
  for (const folder of [server.copy.temporary, server.copy.modelFolder, FIXTURES, process.cwd(), '/tmp', 'at file:']) {
    expect(text).not.toContain(folder);
  }
}

/** Makes a table and computes it, and answers with the job once it has ended. */
async function compute(name: string) {
  const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(`mutation {
    createEmbeddingTable(input: { dataset: "${DATASET}", name: "${name}", embeddingFunction: "open-clip",
      options: { name: "pixano-tiny-clip", pretrained: "" } }) { __typename }
    computeViewEmbeddings(input: { dataset: "${DATASET}", table: "${name}" }) {
      ... on ComputeViewEmbeddingsPayload { job { id } } } }`);
  const { id } = data.computeViewEmbeddings.job;
  return vi.waitFor(
    async () => {
      const { data } = await server.ask<{ embeddingJob: { state: string; error: string | null; failures: object } }>(
        `{ embeddingJob(id: "${id}") { state error failures(first: 1) { nodes { code message } } } }`,
      );
      expect(data.embeddingJob.state).toMatch(/SUCCEEDED|FAILED/);
      return data.embeddingJob;
    },
    { timeout: 20_000, interval: 100 },
  );
}

describe('clients read what is missing and what to do, with the names of folders in place of them:', () => {
  test('a model, thrown, as a typed error and as a finding; the log has the folders', async () => {
    await rm(server.copy.modelFolder, { recursive: true });
    await mkdir(server.copy.modelFolder);
    const thrown = await server.ask(SEARCH);
    expect(thrown.errors?.[0]).toMatchObject({
      message: expect.stringMatching(/viewfinder models pull ViT-B-32__laion2b_s34b_b79k --models <models>/),
      extensions: { code: 'MODEL_MISSING' },
    });
    const typed = await server.ask(`mutation { createEmbeddingTable(input: { dataset: "${DATASET}", name: "emb_x",
      embeddingFunction: "open-clip" }) { ... on Error { code message } } }`);
    expect(typed.data).toMatchObject({
      createEmbeddingTable: { code: 'MODEL_MISSING', message: expect.stringContaining('<models>') },
    });
    const finding = await server.ask(inDataset('embeddingTables { findings { code message } }'));
    expect(JSON.stringify(finding)).toContain('<models>');
    expectNoFolder([thrown, typed, finding]);
    expect(JSON.stringify(server.log)).toContain(server.copy.modelFolder);
  });

  test('a picture, as a failure of a job', async () => {
    await rm(join(server.copy.media, 'health_images/all/os-bras.jpg'));
    const job = await compute('emb_missing');
    expect(job).toMatchObject({
      state: 'SUCCEEDED',
      failures: { nodes: [{ code: 'MEDIA_MISSING', message: expect.stringContaining('in the media folder <media>') }] },
    });
    expectNoFolder(job);
  });

  test('the media folder, as the error of a job', async () => {
    await rm(server.copy.media, { recursive: true });
    const job = await compute('emb_nothing');
    expect(job).toMatchObject({
      state: 'FAILED',
      error: expect.stringContaining('The media folder <media> is not there'),
    });
    expectNoFolder(job);
  });

  test('the files of a dataset, as a problem of the library and as a table that cannot be read', async () => {
    await mkdir(join(server.copy.path, 'broken'));
    await writeFile(join(server.copy.path, 'broken/info.json'), '{');
    const db = join(server.copy.path, 'health_images/db');
    for (const file of await readdir(join(db, 'emb_tiny.lance'), { recursive: true })) {
      if (file.endsWith('.lance') || file.endsWith('.manifest')) await writeFile(join(db, 'emb_tiny.lance', file), 'x');
    }
    const answer = await server.ask<{ library: { problems: object[] } }>(`{
      library { problems { folder code message } }
      dataset(by: { folder: "health_images" }) { embeddingTables { name health findings { code message } } } }`);
    expect(answer.data.library.problems).toMatchObject([{ folder: 'broken', message: expect.any(String) }]);
    expect(JSON.stringify(answer)).toContain('CORRUPT');
    expectNoFolder(answer);
  });
});

describe('an error that nobody foresaw has an id, under which the log has its stack,', () => {
  const expectMasked = (error: unknown) => {
    expect(error).toMatchObject({
      message: 'Unexpected error.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', id: ID },
    });
    const { id } = (error as { extensions: { id: string } }).extensions;
    const line = server.log.find(({ fields }) => 'id' in fields && fields.id === id);
    expect(line).toMatchObject({ level: 'error', fields: { err: { stack: expect.stringContaining('\n    at ') } } });
    expectNoFolder(error);
  };

  test('over HTTP and WebSocket', async () => {
    await rm(server.copy.path, { recursive: true });
    const query = '{ library { datasets { totalCount } } }';
    expectMasked((await server.ask(query)).errors?.[0]);
    const socket = server.webSocket();
    for await (const { errors } of socket.iterate({ query })) expectMasked(errors?.[0]);
    await socket.dispose();
    expect(server.log.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  test('in the stream of a subscription, over SSE and WebSocket', async () => {
    const query = 'subscription { embeddingJobs { cursor } }';
    const clients = [server.sse(), server.webSocket()];
    const ended = clients.map(async (client) => {
      for await (const { errors } of client.iterate({ query })) return errors?.[0];
      throw new Error('It ended without an error.');
    });
    await vi.waitFor(() => expect(server.operations).toHaveLength(2));
    using database = new DatabaseSync(join(server.copy.path, '.viewfinder/jobs.sqlite'));
    database.exec('ALTER TABLE job RENAME TO gone');
    for (const error of await Promise.all(ended.map((each) => each.catch((thrown) => thrown[0] ?? thrown)))) {
      expectMasked(error);
    }
    database.exec('ALTER TABLE gone RENAME TO job');
    expect(server.operations.at(-1)).toMatchObject({ fields: { outcome: 'INTERNAL_SERVER_ERROR' } });
    await Promise.all(clients.map((client) => client.dispose()));
  });
});
