import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbeddingModels } from '../core/embedding-models.ts';
import type { Library } from '../core/library.ts';
import { EmbeddingJobs } from '../jobs/embedding-jobs.ts';
import type { Caller } from '../schema/caller.ts';
import type { SchemaContext } from '../schema/context.ts';
import { Loaders } from '../schema/loaders.ts';
import { parseMediaPath } from '../schema/media-path.ts';
import { MutationAudit } from '../schema/mutation-audit.ts';
import { PublicText } from '../schema/public-text.ts';
import { LARGEST_UPLOAD } from '../schema/upload.ts';
import { type AccessOptions, LOOPBACK_HOSTS, refusalOf } from './access.ts';
import { Authentication } from './authentication.ts';
import { ErrorMask } from './error-mask.ts';
import { EventStreams } from './event-streams.ts';
import { graphiqlRenderer } from './graphiql.ts';
import { type GraphQLEndpoint, graphqlEndpoint } from './graphql-endpoint.ts';
import { Health } from './health.ts';
import { inTurn } from './in-turn.ts';
import { registerJobMetrics } from './job-metrics.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { MediaService } from './media.ts';
import { MediaSignatures, mediaKey } from './media-signatures.ts';
import { Metrics } from './metrics.ts';
import { registerModelMetrics } from './model-metrics.ts';
import { OperationLog } from './operation-log.ts';
import { answerPlainly } from './plain-answer.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { ReadAccess } from './read-access.ts';
import { setSecurityHeaders } from './security-headers.ts';
import type { ServerLog } from './server-log.ts';
import { type ThumbnailSource, Thumbnails } from './thumbnails.ts';
import type { Token } from './token.ts';
import { serveWebSocket } from './websocket.ts';

export interface ServeOptions {
  readonly library: Library;
  readonly models: EmbeddingModels;
  readonly log: ServerLog;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Beside the names of the loopback addresses and `host`. */
  readonly allowHosts?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  /** Whether the schema can be asked for, and browsers get GraphiQL; both where these are left out. */
  readonly introspection?: boolean | undefined;
  readonly graphiql?: boolean | undefined;
  /** Who is let in; everybody where there are none. */
  readonly tokens?: readonly Token[] | undefined;
  /** The time by which addresses of media expire, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** What GraphiQL's example searches for. */
  readonly example?: string | undefined;
  /** Jobs that have ended, of which the record is kept. */
  readonly keepJobs?: number | undefined;
  /** Whether to go on with the jobs that a service before this one did not end; true where it is left out. */
  readonly resumeJobs?: boolean | undefined;
  /** Bytes of thumbnails that are kept on disk; 512 MiB where it is left out, 0 keeps none. */
  readonly keepThumbnails?: number | undefined;
  /** Pictures of more pixels have no thumbnail; Pillow's limit where it is left out. */
  readonly maxPixels?: number | undefined;
  /** Bytes of the largest picture that a search may bring; 20 MiB where it is left out. */
  readonly largestUpload?: number | undefined;
  /** Those that differ from the usual ones. */
  readonly limits?: Partial<Limits> | undefined;
}

export interface RunningServer extends AsyncDisposable {
  /** Address of the GraphQL service. */
  readonly url: string;
}

/** Milliseconds that open requests have to end once the service stops. */
const GRACE = 2_000;

/**
 * Serves a library over HTTP and WebSocket until it is disposed of: then the batches under way
 * are finished and written, and the connections ended.
 * @throws ValidationError where the record of jobs cannot be kept; the system's error where it cannot listen
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { library, models, log, tokens = [] } = options;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const access: AccessOptions = {
    hosts: [...LOOPBACK_HOSTS, host, ...(options.allowHosts ?? [])].map((each) => each.toLowerCase()),
    origins: options.allowOrigins ?? [],
  };
  // What comes before there is somebody to answer waits: where the port cannot be had, nothing must have begun.
  const ready = Promise.withResolvers<Service>();
  const health = new Health(library);
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    if (await inTurn(request, response)) await answer(request, response, { access, health, service: ready.promise });
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      const id = randomUUID();
      // Without its query, which may be that of an operation, or a signature.
      log.error({ err: error, id, path: request.url?.replace(/\?.*/s, '') }, 'A request failed.');
      if (response.headersSent) response.destroy();
      else answerPlainly(response, 500, `Unexpected error. ${id}`);
    });
  });
  const port = await listen(server, options);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = await library.state.writable();
  const jobs = opened.use(EmbeddingJobs.open({ folder, log, begunBy: 'serve', keep: options.keepJobs }));
  const metrics = new Metrics();
  registerJobMetrics(metrics.registry, jobs);
  registerModelMetrics(metrics.registry, models);
  opened.use(registerProcessMetrics(metrics.registry));
  const { keepThumbnails: most, maxPixels, largestUpload = LARGEST_UPLOAD } = options;
  const { introspection, graphiql, example } = options;
  const onHad = (source: ThumbnailSource) => metrics.thumbnailHad(source);
  const thumbnails = opened.use(new Thumbnails({ state: library.state, log, most, maxPixels, onHad }));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { pageSize: largestPage, operationMs: timeoutMs } = limits;
  const publicText = new PublicText(library, models, (message) => {
    log.info({ message }, 'Clients read this without the folders that it names.');
  });
  const authentication = new Authentication(tokens);
  const signatures = authentication.open ? null : new MediaSignatures(await mediaKey(folder, tokens), options.now);
  const signMedia = signatures === null ? undefined : (path: string) => signatures.sign(path);
  const known = { library, models, jobs, publicText, signMedia, metrics, largestUpload, largestPage, timeoutMs };
  const contextOf = (caller: Caller, signal?: AbortSignal): SchemaContext => {
    const mutations = new MutationAudit((entry) => log.info(entry, 'A mutation was asked for.'));
    return { ...known, caller, mutations, loaders: new Loaders({ signal, timeoutMs }), signal };
  };
  const streams = new EventStreams();
  const yoga = graphqlEndpoint(contextOf, {
    access,
    authentication,
    log,
    mask: new ErrorMask(publicText, log),
    watchers: [metrics, new OperationLog(log)],
    streams,
    limits,
    largestUpload,
    introspection,
    page: graphiql === false ? undefined : await graphiqlRenderer(library, { open: authentication.open, example }),
  });
  // First: whoever followed such a job comes back as soon as there is somebody to ask.
  if (options.resumeJobs !== false) jobs.resume(library);
  const readAccess = new ReadAccess(authentication, signatures);
  ready.resolve({ yoga, metrics, media: new MediaService(library, thumbnails), readAccess });
  const sockets = serveWebSocket(server, yoga, { access, authentication, log, limits });
  health.started();
  const held = opened.move();
  return {
    url: `http://${host}:${port}${yoga.graphqlEndpoint}`,
    async [Symbol.asyncDispose]() {
      health.stopping();
      await jobs.interrupt();
      const closed = new Promise((resolve) => server.close(resolve));
      const timer = setTimeout(() => {
        sockets.terminate();
        server.closeAllConnections();
      }, GRACE);
      // A connection whose last answer has just ended would stay open for the next one.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      streams.stop();
      await sockets[Symbol.asyncDispose]();
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
      // Last: what was asked until now may ask for a job.
      await held[Symbol.asyncDispose]();
    },
  };
}

/** What answers the requests that are let in. */
interface Service {
  readonly yoga: GraphQLEndpoint;
  readonly media: MediaService;
  readonly metrics: Metrics;
  readonly readAccess: ReadAccess;
}

interface Answering {
  readonly access: AccessOptions;
  readonly health: Health;
  /** Settles when there is somebody to answer. */
  readonly service: Promise<Service>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { access, health, service }: Answering,
): Promise<void> {
  setSecurityHeaders(request, response, access);
  const refusal = refusalOf(request, access);
  if (refusal !== null) return answerPlainly(response, 403, refusal);
  // A proxy's form of the address, or a port that is none, would make Yoga answer with a stack.
  const path = request.url?.startsWith('/') ? request.url : '';
  const url = URL.parse(`http://${request.headers.host}${path}`);
  if (path === '' || url === null) return answerPlainly(response, 400, 'The address of the request cannot be read.');
  if (await health.answer(url.pathname, request, response)) return;
  const { yoga, media, metrics, readAccess } = await service;
  const medium = parseMediaPath(url.pathname);
  metrics.requested(medium?.kind ?? (url.pathname === yoga.graphqlEndpoint ? 'graphql' : 'other'), response);
  if (medium !== null) {
    metrics.follow(medium.kind, response);
    if (!readAccess.allowsMedium(medium, url.searchParams, request, response)) return;
    return media.answer(medium, request, response);
  }
  if (url.pathname === '/metrics') {
    if (readAccess.allows(request, response)) await metrics.answer(request, response);
    return;
  }
  if (url.pathname === '/') {
    response.writeHead(302, { location: yoga.graphqlEndpoint }).end();
    return;
  }
  // An answer to HEAD is that to GET, whose body Node does not send.
  if (request.method === 'HEAD') request.method = 'GET';
  await yoga(request, response);
}

/** @throws the system's error, such as EADDRINUSE */
function listen(server: Server, { host, port }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
