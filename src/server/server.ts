import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbeddingModels } from '../core/embedding-models.ts';
import type { Library } from '../core/library.ts';
import { EmbeddingJobs } from '../jobs/embedding-jobs.ts';
import { Loaders } from '../schema/loaders.ts';
import { parseMediaPath } from '../schema/media-path.ts';
import { PublicText } from '../schema/public-text.ts';
import { LARGEST_UPLOAD } from '../schema/upload.ts';
import { type AccessOptions, LOOPBACK_HOSTS, refusalOf } from './access.ts';
import { ErrorMask } from './error-mask.ts';
import { type GraphQLEndpoint, graphqlEndpoint } from './graphql-endpoint.ts';
import { Health } from './health.ts';
import { registerJobMetrics } from './job-metrics.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { MediaService } from './media.ts';
import { Metrics } from './metrics.ts';
import { registerModelMetrics } from './model-metrics.ts';
import { OperationLog } from './operation-log.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import type { ServerLog } from './server-log.ts';
import { type ThumbnailSource, Thumbnails } from './thumbnails.ts';
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
  const { library, models, log } = options;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const access: AccessOptions = {
    hosts: [...LOOPBACK_HOSTS, host, ...(options.allowHosts ?? [])].map((each) => each.toLowerCase()),
    origins: options.allowOrigins ?? [],
  };
  // What comes before there is somebody to answer waits: where the port cannot be had, nothing must have begun.
  const ready = Promise.withResolvers<Service>();
  const health = new Health(library);
  const server = createServer((request, response) => {
    answer(request, response, { access, health, service: ready.promise }).catch((error: unknown) => {
      const id = randomUUID();
      // Without its query, which may be that of an operation.
      log.error({ err: error, id, path: request.url?.replace(/\?.*/s, '') }, 'A request failed.');
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(`Unexpected error. ${id}\n`);
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
  const context = (signal?: AbortSignal) => {
    const loaders = new Loaders({ signal, timeoutMs });
    return { library, models, jobs, publicText, metrics, largestUpload, largestPage, loaders, signal, timeoutMs };
  };
  const mask = new ErrorMask(publicText, log);
  const watchers = [metrics, new OperationLog(log)];
  const yoga = await graphqlEndpoint(context, {
    access,
    log,
    mask,
    watchers,
    limits,
    largestUpload,
    introspection,
    graphiql,
    example,
  });
  // First: whoever followed such a job comes back as soon as there is somebody to ask.
  if (options.resumeJobs !== false) jobs.resume(library);
  ready.resolve({ yoga, metrics, media: new MediaService(library, thumbnails) });
  const sockets = serveWebSocket(server, yoga, access, { log, limits });
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
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  // Pages of other sites may show our pictures only where some page was given leave to call us.
  response.setHeader('cross-origin-resource-policy', access.origins.length === 0 ? 'same-site' : 'cross-origin');
  const refusal = refusalOf(request, access);
  if (refusal !== null) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
    return;
  }
  // A proxy's form of the address, or a port that is none, would make Yoga answer with a stack.
  const path = request.url?.startsWith('/') ? request.url : '';
  const url = URL.parse(`http://${request.headers.host}${path}`);
  if (path === '' || url === null) {
    response
      .writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
      .end('The address of the request cannot be read.\n');
    return;
  }
  if (await health.answer(url.pathname, request, response)) return;
  const { yoga, media, metrics } = await service;
  const medium = parseMediaPath(url.pathname);
  metrics.requested(medium?.kind ?? (url.pathname === yoga.graphqlEndpoint ? 'graphql' : 'other'), response);
  if (medium !== null) {
    metrics.follow(medium.kind, response);
    return media.answer(medium, request, response);
  }
  if (url.pathname === '/metrics') return metrics.answer(request, response);
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
