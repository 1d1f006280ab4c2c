import { openAsBlob } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  ComputeDocument,
  CreateTableDocument,
  createClient,
  DatasetDocument,
  FollowJobDocument,
  ItemsDocument,
  OperationError,
  type SearchInput,
  SearchItemsDocument,
  type TransportError,
  type TypedDocument,
  type ViewfinderClient,
} from '../../src/client/index.ts';
import { startServer, type TestServer } from '../server/running-server.ts';

const HERE = { folder: 'health_images' };

let server: TestServer;
let client: ViewfinderClient;
let id: string;
beforeAll(async () => {
  server = await startServer();
  client = createClient({ url: server.url });
  const { dataset } = await client.query(DatasetDocument, { by: HERE });
  id = dataset?.id ?? '';
});
afterAll(() => server[Symbol.asyncDispose]());

async function search(input: SearchInput) {
  const { dataset } = await client.query(SearchItemsDocument, { dataset: HERE, input, first: 12 });
  return dataset?.search.edges ?? [];
}

/** What a promise is rejected with. */
const failure = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => error);

/** A server of HTTP that is no Viewfinder. */
async function otherServer(answer: RequestListener) {
  const other = createServer(answer);
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    url,
    server: other,
    client: createClient({ url, token: 'a-token' }),
    [Symbol.asyncDispose]: async () => {
      other.closeAllConnections();
      other.close();
    },
  };
}

describe('the client', () => {
  test('searches for a text, among the items that a filter lets pass, and says how', async () => {
    const query = { text: 'microscope' };
    const all = await search({ table: 'emb_tiny', query });
    expect(all).toHaveLength(12);
    expect(all.map(({ distance }) => distance)).toEqual(all.map(({ distance }) => distance).toSorted((a, b) => a - b));
    const { node } = all[3] ?? { node: { attributes: {} } };
    const [name = '', value] = Object.entries(node.attributes ?? {}).find(([, each]) => typeof each === 'string') ?? [];
    const filter = { column: { name, is: { eq: value } } };
    const some = await search({ table: 'emb_tiny', query, filter });
    expect(some.length).toBeGreaterThan(0);
    for (const edge of some) expect(edge.node.attributes).toMatchObject({ [name]: value });
  });

  test('searches for what is like a view', async () => {
    const [first] = await search({ table: 'emb_tiny', query: { text: 'microscope' } });
    const like = await search({ table: 'emb_tiny', query: { view: first?.view?.id ?? '' } });
    expect(like).toHaveLength(11);
    expect(like.map(({ node }) => node.id)).not.toContain(first?.node.id);
  });

  test('searches for what is like a picture that it uploads', async () => {
    const image = await openAsBlob(join(server.copy.media, 'health_images/all/os-bras.jpg'));
    const [found] = await search({ table: 'emb_tiny', query: { image } });
    expect(found?.distance).toBeCloseTo(0, 5);
  });

  test('pages through items forward and back, with the state of their embeddings', async () => {
    const page = async (where: object) => {
      const { dataset } = await client.query(ItemsDocument, { dataset: HERE, ...where });
      return { ids: dataset?.items.nodes.map((item) => item.pixanoId) ?? [], ...dataset?.items };
    };
    const first = await page({ first: 5 });
    const second = await page({ first: 5, after: first.pageInfo?.endCursor });
    const back = await page({ last: 5, before: second.pageInfo?.startCursor });
    expect(new Set([...first.ids, ...second.ids]).size).toBe(10);
    expect(back.ids).toEqual(first.ids);
    const [view] = first.nodes?.[0]?.views.nodes ?? [];
    expect(view?.embeddings.nodes.map(({ table }) => table.name).sort()).toEqual(['emb_open-clip', 'emb_tiny']);
    expect((await fetch(new URL(view?.thumbnailUrl ?? '', server.url))).headers.get('content-type')).toBe('image/jpeg');
  });

  test('is let in from the pages that the service is told of', async () => {
    await using strict = await startServer('items', { allowOrigins: ['https://ui.example'] }, server.copy);
    const headers = {
      origin: 'https://ui.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-graphql-yoga-csrf',
    };
    const preflight = await fetch(strict.url, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain(
      'authorization,content-type,x-graphql-yoga-csrf',
    );
  });

  test('takes a document that is written elsewhere', async () => {
    const document: TypedDocument<{ library: { name: string } }, object> = '{ library { name } }';
    expect((await client.query(document, {})).library.name).toBe('pixano_library');
  });
});

describe('what goes wrong', () => {
  test('is data where a mutation may refuse it', async () => {
    const input = { dataset: id, name: 'emb_tiny', embeddingFunction: 'open-clip' };
    const { createEmbeddingTable: refused } = await client.query(CreateTableDocument, { input });
    expect(refused).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT' });
    const wrong = await client.query(ComputeDocument, { input: { dataset: id, table: 'none' } });
    expect(wrong.computeViewEmbeddings).toMatchObject({ code: expect.stringMatching(/NOT_FOUND|INVALID_INPUT/) });
  });

  test('is an OperationError with its code and issues where the service refuses it', async () => {
    const filter = { column: { name: 'none', is: { eq: 1 } } };
    const error = await failure(client.query(ItemsDocument, { dataset: HERE, filter }));
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['dataset', 'items'],
      issues: [{ path: ['filter', 'column', 'name'], message: expect.stringContaining('none') }],
    });
  });

  test.each(['sse', 'websocket'] as const)(
    'is an OperationError where a job to follow is unknown, over %s',
    async (way) => {
      const follower = createClient({ url: server.url, subscriptions: way });
      const error = await failure(Array.fromAsync(follower.followJob('nonsense')));
      expect(error).toMatchObject({ name: 'OperationError', code: 'NOT_FOUND' });
      const typo = await failure(
        Array.fromAsync(follower.follow(FollowJobDocument.toString().replace('cursor', 'kursor'), {})),
      );
      expect(typo).toMatchObject({ name: 'OperationError', message: expect.stringContaining('kursor') });
    },
  );

  test('is a TransportError where nobody answers', async () => {
    const nobody = createClient({ url: 'http://127.0.0.1:9/graphql' });
    const error = await failure(nobody.query(DatasetDocument, { by: HERE }));
    expect(error).toMatchObject({ name: 'TransportError', status: null, isPassing: true });
  });

  test.each([
    [401, 'text/plain', 'A token is needed.', 'TransportError', false],
    [502, 'text/html', '<h1>Bad Gateway</h1>', 'TransportError', true],
    [200, 'application/json', '[]', 'TransportError', false],
    [
      403,
      'application/json',
      '{"errors":[{"message":"No.","extensions":{"code":"FORBIDDEN"}}]}',
      'OperationError',
      undefined,
    ],
  ])('is told by its kind: %d %s %s', async (status, type, body, name, isPassing) => {
    const seen: (string | undefined)[] = [];
    await using other = await otherServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(status, { 'content-type': type }).end(body);
    });
    const error = await failure(other.client.query(DatasetDocument, { by: HERE }));
    expect(error).toMatchObject({ name, ...(isPassing === undefined ? { code: 'FORBIDDEN' } : { status, isPassing }) });
    expect(seen).toEqual(['Bearer a-token']);
    if (isPassing === true) return;
    const following = await failure(Array.fromAsync(other.client.followJobs()));
    expect(following).toMatchObject({ name });
  });
});

describe('a token', () => {
  test.each([
    ['a-token', 'OperationError', 'INVALID_INPUT'],
    ['another', 'TransportError', 403],
  ])('%s goes with the beginning of a WebSocket', async (token, name, told) => {
    await using other = await otherServer((_request, response) => response.end());
    const sockets = new WebSocketServer({ server: other.server });
    useServer(
      {
        onConnect: ({ connectionParams }) => connectionParams?.Authorization === 'Bearer a-token',
        onSubscribe: () => [new GraphQLError('No such job.', { extensions: { code: 'INVALID_INPUT' } })],
      },
      sockets,
    );
    const follower = createClient({ url: other.url, token, subscriptions: 'websocket' });
    const error = await failure(Array.fromAsync(follower.followJobs()));
    expect(error).toMatchObject({ name, ...(name === 'OperationError' ? { code: told } : { status: told }) });
    sockets.close();
  });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a connection over which nothing comes any more is a broken one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const opened = Promise.withResolvers<void>();
  await using other = await otherServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n', () => opened.resolve());
  });
  const broken = Promise.withResolvers<TransportError>();
  const stop = new AbortController();
  const { signal } = stop;
  const following = failure(Array.fromAsync(other.client.followJobs({ signal, onBreak: broken.resolve })));
  await opened.promise;
  // Its beginning is read.
  await delay(100);
  vi.advanceTimersByTime(45_000);
  expect(await broken.promise).toMatchObject({ cause: { message: 'Nothing came for 45 seconds.' } });
  stop.abort(new Error('Enough.'));
  expect(await following).toMatchObject({ message: 'Enough.' });
});

describe('a signal that aborts', () => {
  const reason = new Error('Enough.');

  test('ends a query, before it begins or while it waits', async () => {
    expect(await failure(client.query(DatasetDocument, { by: HERE }, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    const stop = new AbortController();
    await using other = await otherServer(() => stop.abort(reason));
    expect(await failure(other.client.query(DatasetDocument, { by: HERE }, { signal: stop.signal }))).toBe(reason);
    const within = new AbortController();
    await using slow = await otherServer((_request, response) => {
      response.write('{');
      setTimeout(() => within.abort(reason), 50);
    });
    expect(await failure(slow.client.query(DatasetDocument, { by: HERE }, { signal: within.signal }))).toBe(reason);
  });

  test.each(['sse', 'websocket'] as const)('ends what is followed over %s', async (subscriptions) => {
    const follower = createClient({ url: server.url, subscriptions });
    const stop = new AbortController();
    const following = failure(Array.fromAsync(follower.followJobs({ signal: stop.signal })));
    setTimeout(() => stop.abort(reason), 200);
    expect(await following).toBe(reason);
    expect(await failure(Array.fromAsync(follower.followJobs({ signal: AbortSignal.abort(reason) })))).toBe(reason);
  });

  test('ends the waiting for a service that is away', async () => {
    const nobody = createClient({ url: 'http://127.0.0.1:9/graphql' });
    const stop = new AbortController();
    const breaks: string[] = [];
    const onBreak = ({ message }: TransportError) => {
      breaks.push(message);
      setTimeout(() => stop.abort(reason), 10);
    };
    expect(await failure(Array.fromAsync(nobody.followJobs({ signal: stop.signal, onBreak })))).toBe(reason);
    expect(breaks).toEqual(['The service at http://127.0.0.1:9/graphql cannot be reached.']);
  });
});
