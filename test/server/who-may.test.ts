import { createClient as createSseClient } from 'graphql-sse';
import { CloseCode, createClient as createSocketClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { postJson, startServer, type TestServer } from './running-server.ts';
import { bearer, SECRETS, TOKENS } from './tokens.ts';

const DATASET = Buffer.from('Dataset:health_images').toString('base64url');
const ABSENT = Buffer.from('EmbeddingJob:nobody').toString('base64url');
const RESULT = '{ __typename ... on Error { code } }';
/** Mutations that change nothing, for what they name is not there. */
const MUTATIONS = {
  cancel: `mutation { cancelEmbeddingJob(id: "${ABSENT}") ${RESULT} }`,
  retry: `mutation { retryEmbeddingJob(id: "${ABSENT}") ${RESULT} }`,
  compute: `mutation { computeViewEmbeddings(input: { dataset: "${DATASET}", table: "gone" }) ${RESULT} }`,
  index: `mutation { createVectorIndex(input: { dataset: "${DATASET}", table: "gone" }) ${RESULT} }`,
  create: `mutation { createEmbeddingTable(input: { dataset: "${ABSENT}", name: "x", embeddingFunction: "x" }) ${RESULT} }`,
  overwrite: `mutation { createEmbeddingTable(
    input: { dataset: "${ABSENT}", name: "x", embeddingFunction: "x", mode: OVERWRITE }) ${RESULT} }`,
  drop: `mutation { dropEmbeddingTable(dataset: "${DATASET}", table: "gone") ${RESULT} }`,
} as const;
const SUBSCRIPTION = 'subscription { embeddingJobs { cursor } }';

let server: TestServer;
let media: { mediaUrl: string; thumbnailUrl: string };
beforeAll(async () => {
  server = await startServer('items', { tokens: TOKENS, allowOrigins: ['http://localhost:5173'] });
  const query = '{ dataset(by: { folder: "health_images" }) { views(first: 1) { nodes { mediaUrl thumbnailUrl } } } }';
  const { data } = JSON.parse(await (await postJson(server.url, { query }, bearer(SECRETS.read))).text());
  [media] = data.dataset.views.nodes;
});
afterAll(() => server[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

/** What an answer comes to: `ok`, or its status and code. */
async function outcomeOf(response: Response): Promise<string> {
  if (response.ok) {
    await response.body?.cancel();
    return 'ok';
  }
  const [, code = ''] = /"code":"(\w+)"/.exec(await response.text()) ?? [];
  return `${response.status} ${code}`.trim();
}

async function overWebSocket(query: string, connectionParams: Record<string, string>): Promise<string> {
  const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
  const outcome = new Promise<string>((resolve) => {
    socket.on('close', (code) => resolve(String(code)));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams })));
    socket.on('message', (bytes) => {
      const { type, payload } = JSON.parse(String(bytes));
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }));
        // A subscription to all jobs may have nothing to say for long.
        if (query === SUBSCRIPTION) setTimeout(() => resolve('ok'), 100);
      }
      if (type === 'next') resolve(payload.errors?.[0].extensions.code ?? 'ok');
      if (type === 'error') resolve(payload[0].extensions.code);
    });
  });
  const came = await outcome;
  socket.close();
  return came;
}

const post = (query: string) => async (headers: Headers) => outcomeOf(await postJson(server.url, { query }, headers));
const get = (path: () => string) => async (headers: Headers) =>
  outcomeOf(await fetch(server.origin + path(), { headers, redirect: 'manual' }));
const socket = (query: string) => (headers: Headers) =>
  overWebSocket(query, headers.authorization === undefined ? {} : { Authorization: headers.authorization });
const unsigned = (address: string) => address.replace(/\?.*/, '');

/** Ways to ask for something, and the least scope that each needs. */
const REQUESTS: readonly (readonly [string, 'nobody' | keyof typeof SECRETS, (headers: Headers) => Promise<string>])[] =
  [
    [
      'the page of GraphiQL',
      'nobody',
      async (headers) => outcomeOf(await fetch(server.url, { headers: { ...headers, accept: 'text/html' } })),
    ],
    ['a query', 'read', post('{ library { name } }')],
    ['a query in a GET', 'read', get(() => '/graphql?query={library{name}}')],
    ['the schema', 'read', post('{ __schema { queryType { name } } }')],
    [
      'a subscription over SSE',
      'read',
      async (headers) =>
        outcomeOf(await postJson(server.url, { query: SUBSCRIPTION }, { ...headers, accept: 'text/event-stream' })),
    ],
    ['a query over WebSocket', 'read', socket('{ library { name } }')],
    ['a subscription over WebSocket', 'read', socket(SUBSCRIPTION)],
    ['a medium', 'read', get(() => unsigned(media.mediaUrl))],
    ['a thumbnail', 'read', get(() => unsigned(media.thumbnailUrl))],
    ['the metrics', 'read', get(() => '/metrics')],
    ['cancelEmbeddingJob', 'compute', post(MUTATIONS.cancel)],
    ['retryEmbeddingJob', 'compute', post(MUTATIONS.retry)],
    ['computeViewEmbeddings', 'compute', post(MUTATIONS.compute)],
    ['createVectorIndex', 'compute', post(MUTATIONS.index)],
    ['createEmbeddingTable', 'compute', post(MUTATIONS.create)],
    ['createEmbeddingTable in place of another', 'admin', post(MUTATIONS.overwrite)],
    ['dropEmbeddingTable', 'admin', post(MUTATIONS.drop)],
    ['a mutation over WebSocket', 'compute', socket(MUTATIONS.compute)],
    ['a mutation for a keeper over WebSocket', 'admin', socket(MUTATIONS.drop)],
  ];

describe.each(REQUESTS)('%s', (what, needed, ask) => {
  const ranks = ['nobody', 'read', 'compute', 'admin'];
  const refusals = what.includes('WebSocket') ? ['4401', 'FORBIDDEN'] : ['401', '403'];

  test.each([
    ['no token', 'nobody', {}],
    ['a token of nobody', 'nobody', bearer('guessed-0123456789abcdef')],
    ['another scheme', 'nobody', { authorization: `Basic ${btoa(`admin:${SECRETS.admin}`)}` }],
    ['a reader', 'read', bearer(SECRETS.read)],
    ['a worker', 'compute', bearer(SECRETS.compute)],
    ['a keeper', 'admin', bearer(SECRETS.admin)],
  ])(`with %s is answered where the scope ${needed} is included`, async (_who, held, headers) => {
    const [unknown = '', forbidden = ''] = refusals;
    const outcome = await ask(headers);
    if (ranks.indexOf(held) >= ranks.indexOf(needed)) expect(outcome).toBe('ok');
    else expect(outcome).toContain(held === 'nobody' ? unknown : forbidden);
  });
});

describe('a refusal', () => {
  test('for want of a token has the shape of GraphQL and says what to send', async () => {
    for (const [headers, challenge] of [
      [{}, 'Bearer realm="viewfinder"'],
      [bearer('guessed-0123456789abcdef'), 'Bearer realm="viewfinder", error="invalid_token"'],
    ] as const) {
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const response = await postJson(server.url, { query: '{ __typename }' }, { ...headers, accept });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe(challenge);
        expect(response.headers.get('content-type')).toContain(accept);
        expect(await response.json()).toEqual({
          errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
        });
      }
    }
  });

  test('for want of a scope says which, and at which field', async () => {
    const response = await postJson(server.url, { query: MUTATIONS.drop }, bearer(SECRETS.compute));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="admin"');
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.stringContaining('"admin"'),
          path: ['dropEmbeddingTable'],
          extensions: { code: 'FORBIDDEN' },
        },
      ],
    });
  });

  test('says the same over WebSocket', async () => {
    const client = createSocketClient({
      url: server.socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { token: SECRETS.compute },
    });
    expect((await client.iterate({ query: MUTATIONS.drop }).next()).value).toEqual({
      errors: [
        {
          message: expect.stringContaining('"admin"'),
          path: ['dropEmbeddingTable'],
          extensions: { code: 'FORBIDDEN' },
        },
      ],
    });
    await client.dispose();
  });

  test('comes before the body is read', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query": "no end of it',
    });
    expect(response.status).toBe(401);
  });

  test('of one mutation leaves the others what they are', async () => {
    const query = `mutation Both {
      computeViewEmbeddings(input: { dataset: "${DATASET}", table: "emb_tiny" }) { __typename }
      drop: dropEmbeddingTable(dataset: "${DATASET}", table: "emb_tiny") {
        __typename ... on Error { code message } ... on ForbiddenError { scope }
      }
      again: computeViewEmbeddings(input: { dataset: "${DATASET}", table: "gone" }) ${RESULT}
    }`;
    const response = await postJson(server.url, { query }, bearer(SECRETS.compute));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      data: {
        computeViewEmbeddings: { __typename: 'ComputeViewEmbeddingsPayload' },
        drop: {
          __typename: 'ForbiddenError',
          code: 'FORBIDDEN',
          message: 'dropEmbeddingTable needs a token with the scope "admin", and this one has "compute".',
          scope: 'ADMIN',
        },
        again: { __typename: 'NotFoundError', code: 'NOT_FOUND' },
      },
    });
  });

  test('of all mutations has an error for each', async () => {
    const query = `mutation { a: dropEmbeddingTable(dataset: "x", table: "x") ${RESULT}
      b: cancelEmbeddingJob(id: "x") ${RESULT} }`;
    const response = await postJson(server.url, { query }, bearer(SECRETS.read));
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { errors: [{ path: ['a'] }, { path: ['b'] }] },
    ]);
  });
});

describe('a token', () => {
  test.each(['token', 'access_token', 'authorization', 'Authorization', 'bearer', 'key'])(
    'in the query string (%s) lets nobody in',
    async (name) => {
      const address = `${server.url}?query={__typename}&${name}=${encodeURIComponent(`Bearer ${SECRETS.admin}`)}`;
      expect((await fetch(address)).status).toBe(401);
      const raw = `${server.origin}/metrics?${name}=${SECRETS.admin}`;
      expect((await fetch(raw)).status).toBe(401);
    },
  );

  test('in the body or a cookie lets nobody in', async () => {
    const body = { query: '{ __typename }', token: SECRETS.admin, extensions: { token: SECRETS.admin } };
    expect((await postJson(server.url, body, { cookie: `token=${SECRETS.admin}` })).status).toBe(401);
  });

  test('is wanted of a page that is allowed to call, which may ask first without it', async () => {
    const origin = 'http://localhost:5173';
    const asked = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([204, 'authorization']);
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await postJson(server.url, { query: '{ __typename }' }, { origin });
    // The page is to see why.
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
  });

  test('is never in the log', () => {
    for (const secret of Object.values(SECRETS)) {
      expect(JSON.stringify([server.log, server.operations, server.audit])).not.toContain(secret);
    }
  });
});

describe('clients', () => {
  test('of graphql-sse and graphql-ws follow jobs with a token, and hear that they may not without', async () => {
    const headers = bearer(SECRETS.read);
    const sse = createSseClient({ url: server.url, retryAttempts: 0, headers });
    expect((await sse.iterate({ query: '{ library { name } }' }).next()).value).toMatchObject({
      data: { library: { name: 'pixano_library' } },
    });
    const refused = createSseClient({ url: server.url, retryAttempts: 0 });
    await expect(refused.iterate({ query: SUBSCRIPTION }).next()).rejects.toThrow('401');
    const params = [
      { Authorization: headers.authorization },
      { authorization: headers.authorization },
      { token: SECRETS.read },
    ];
    for (const each of params) expect(await overWebSocket('{ __typename }', each)).toBe('ok');
    const wrong = [{ token: `Bearer ${SECRETS.read}` }, { Authorization: SECRETS.read }, { token: '' }];
    for (const each of wrong) expect(await overWebSocket('{ __typename }', each)).toBe(String(CloseCode.Unauthorized));
  });

  test('that do not wait for the answer to their token get nothing', async () => {
    const socket = new WebSocket(server.socketUrl, 'graphql-transport-ws');
    const messages: string[] = [];
    socket.on('message', (bytes) => messages.push(String(bytes)));
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { token: 'guessed-0123456789abcdef' } }));
      socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: '{ library { name } }' } }));
    });
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4401);
    expect(messages).toEqual([]);
  });
});

test('the page of GraphiQL names nothing of the library to those that nobody knows', async () => {
  const html = await (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
  expect(html).not.toContain('health_images');
  expect(html).not.toContain(DATASET);
  expect(html).not.toContain('emb_tiny');
  expect(html).toContain('Authorization');
});
