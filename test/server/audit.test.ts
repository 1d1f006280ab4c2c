import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { postJson, startServer, type TestServer } from './running-server.ts';
import { bearer, SECRETS, TOKENS } from './tokens.ts';

const DATASET = Buffer.from('Dataset:health_images').toString('base64url');
const COMPUTE = `mutation Bring($table: String!) {
  computeViewEmbeddings(input: { dataset: "${DATASET}", table: $table }) {
    ... on ComputeViewEmbeddingsPayload { job { id } }
  }
}`;

let server: TestServer;
beforeAll(async () => {
  server = await startServer('items', { tokens: TOKENS });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The lines that tell of mutations, since there were so many. */
function audit(of: TestServer, since = 0): readonly object[] {
  return of.audit.slice(since).map(({ level, fields, message }) => {
    expect([level, message]).toEqual(['info', 'A mutation was asked for.']);
    return fields;
  });
}

function post(query: string, secret: string, variables: object = {}): Promise<Response> {
  return postJson(server.url, { query, variables }, bearer(secret));
}

/** Sends one operation, and waits for its answer. */
async function overWebSocket(query: string, token: string, variables: object): Promise<void> {
  const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { token } })));
  await new Promise<void>((resolve) => {
    socket.on('message', (bytes) => {
      const { type } = JSON.parse(String(bytes));
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query, variables } }));
      } else resolve();
    });
  });
  socket.close();
}

describe('a mutation leaves one line in the log', () => {
  const line = {
    operation: 'Bring',
    mutation: 'computeViewEmbeddings',
    who: 'test-compute',
    address: '127.0.0.1',
    dataset: 'health_images',
    job: null,
  };

  test('where it was done, and where it was not', async () => {
    const before = server.audit.length;
    await post(COMPUTE, SECRETS.compute, { table: 'emb_tiny' });
    await post(COMPUTE, SECRETS.compute, { table: 'gone' });
    await post(COMPUTE, SECRETS.read, { table: 'emb_tiny' });
    expect(audit(server, before)).toEqual([
      { ...line, table: 'emb_tiny', job: expect.any(String), outcome: 'ok' },
      { ...line, table: 'gone', outcome: 'NOT_FOUND' },
      { ...line, table: 'emb_tiny', who: 'test-read', outcome: 'FORBIDDEN' },
    ]);
  });

  test('over WebSocket as well', async () => {
    const before = server.audit.length;
    await overWebSocket(COMPUTE, SECRETS.compute, { table: 'gone' });
    await overWebSocket(COMPUTE, SECRETS.read, { table: 'emb_tiny' });
    expect(audit(server, before)).toEqual([
      { ...line, table: 'gone', outcome: 'NOT_FOUND' },
      { ...line, table: 'emb_tiny', who: 'test-read', outcome: 'FORBIDDEN' },
    ]);
  });

  test('each, where an operation has several', async () => {
    const before = server.audit.length;
    await post(
      `mutation { a: dropEmbeddingTable(dataset: "${DATASET}", table: "x") { __typename }
        b: createEmbeddingTable(input: { dataset: "?", name: "made", embeddingFunction: "x" }) { __typename } }`,
      SECRETS.compute,
    );
    expect(audit(server, before)).toMatchObject([
      { operation: null, mutation: 'dropEmbeddingTable', dataset: 'health_images', table: 'x', outcome: 'FORBIDDEN' },
      { operation: null, mutation: 'createEmbeddingTable', dataset: null, table: 'made', outcome: 'NOT_FOUND' },
    ]);
  });

  test('that names the job, its dataset and its table where it is about a job', async () => {
    const { data } = JSON.parse(await (await post(COMPUTE, SECRETS.compute, { table: 'emb_tiny' })).text());
    const { id } = data.computeViewEmbeddings.job;
    const before = server.audit.length;
    await post(`mutation { cancelEmbeddingJob(id: "${id}") { __typename } }`, SECRETS.compute);
    const job = Buffer.from(id, 'base64url').toString().replace('EmbeddingJob:', '');
    expect(audit(server, before)).toMatchObject([{ job, dataset: 'health_images', table: 'emb_tiny' }]);
  });

  test('that is short, whatever names are given', async () => {
    const before = server.audit.length;
    await post(COMPUTE.replace('Bring', 'x'.repeat(5000)), SECRETS.compute, { table: 'y'.repeat(5000) });
    expect(JSON.stringify(audit(server, before)).length).toBeLessThan(500);
  });

  test('and queries leave none', async () => {
    const before = server.audit.length;
    await post('{ library { name } }', SECRETS.admin);
    await post('mutation { __typename }', SECRETS.admin);
    expect(audit(server, before)).toEqual([]);
  });
});

test('of a service that is open to everybody, callers are anonymous', async () => {
  await using open = await startServer();
  await open.ask(COMPUTE, { table: 'gone' });
  expect(audit(open)).toMatchObject([{ who: 'anonymous', address: '127.0.0.1', outcome: 'NOT_FOUND' }]);
});
