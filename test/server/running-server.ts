import { createClient as createSseClient, type Client as SseClient } from 'graphql-sse';
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Library } from '../../src/core/library.ts';
import { type ServeOptions, serve } from '../../src/server/server.ts';
import { copyOfLibrary, type LibraryCopy, type TestModels } from '../library.ts';
import type { Answer } from '../schema/api.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** The service over a copy of a library, on a free port. */
export interface TestServer extends AsyncDisposable {
  readonly copy: LibraryCopy;
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  /** Address of the GraphQL service. */
  readonly url: string;
  readonly socketUrl: string;
  /** What the service logged, its chatter for debugging and its lines of operations and mutations apart. */
  readonly log: readonly LogLine[];
  /** What it logged of operations. */
  readonly operations: readonly LogLine[];
  /** What it logged of mutations. */
  readonly audit: readonly LogLine[];
  /** Asks as a client does: POST, JSON. */
  ask<Data>(query: string, variables?: object): Promise<Answer<Data>>;
  sse(): SseClient;
  webSocket(): SocketClient;
  /** As a signal stops it; the copy of the library stays. */
  stop(): Promise<void>;
}

export async function startServer(
  kind: 'items' | 'records' = 'items',
  options: Partial<ServeOptions> = {},
  shared?: TestModels,
): Promise<TestServer> {
  const copy = await copyOfLibrary(kind, shared);
  const { models } = copy;
  const library = await Library.open(copy.path, { models, mediaDir: copy.media });
  const lines: LogLine[] = [];
  const operations: LogLine[] = [];
  const audit: LogLine[] = [];
  const linesLike = (fields: object) => {
    if ('mutation' in fields) return audit;
    return 'operation' in fields ? operations : lines;
  };
  const logged = (level: LogLine['level']) => (fields: object, message: string) => {
    linesLike(fields).push({ level, fields, message });
  };
  const log = { debug() {}, info: logged('info'), warn: logged('warn'), error: logged('error') };
  const server = await serve({ library, models, log, host: '127.0.0.1', port: 0, ...options });
  const { url } = server;
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    stopped ??= Promise.resolve(server[Symbol.asyncDispose]());
    await stopped;
  };
  const socketUrl = url.replace('http', 'ws');
  return {
    copy,
    url,
    socketUrl,
    origin: new URL(url).origin,
    log: lines,
    operations,
    audit,
    async ask(query, variables = {}) {
      const response = await postJson(url, { query, variables });
      return JSON.parse(await response.text());
    },
    sse: () => createSseClient({ url, retryAttempts: 0 }),
    webSocket: () => createSocketClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await copy[Symbol.asyncDispose]();
    },
  };
}

export function postJson(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
