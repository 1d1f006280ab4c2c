import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { type CORSOptions, createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Caller } from '../schema/caller.ts';
import type { SchemaContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import type { AccessOptions } from './access.ts';
import { type Authentication, authenticated } from './authentication.ts';
import { bodyLimit } from './body-limit.ts';
import { documentLimits } from './document-limits.ts';
import type { ErrorMask } from './error-mask.ts';
import type { EventStreams } from './event-streams.ts';
import { graphiqlPage } from './graphiql-page.ts';
import { hiddenSchema } from './hidden-schema.ts';
import { httpConventions } from './http-conventions.ts';
import type { Limits } from './limits.ts';
import { multipartMap } from './multipart-map.ts';
import { mutationRefusals } from './mutation-refusals.ts';
import { type OperationContext, type OperationOrigin, operationContext } from './operation-context.ts';
import { operationLimits } from './operation-limits.ts';
import { requestShape } from './request-shape.ts';
import type { ServerLog } from './server-log.ts';
import { subscriptionLimit } from './subscription-limit.ts';
import { subscriptionRoot } from './subscription-root.ts';
import { timeLimit } from './time-limit.ts';
import { type OperationWatcher, watchOperations } from './watch-operations.ts';

interface EndpointOptions {
  readonly access: AccessOptions;
  readonly authentication: Authentication;
  readonly log: ServerLog;
  readonly mask: ErrorMask;
  readonly watchers: readonly OperationWatcher[];
  readonly streams: EventStreams;
  readonly limits: Limits;
  /** Bytes of the largest file that may come with a request. */
  readonly largestUpload: number;
  /** Whether the schema can be asked for; it can where this is left out. */
  readonly introspection?: boolean | undefined;
  /** Renders the page that browsers get; none where this is left out. */
  readonly page?: (() => Promise<string>) | undefined;
}

/** The address of the service. */
const ENDPOINT = '/graphql';

export type GraphQLEndpoint = YogaServerInstance<OperationOrigin, OperationContext>;

/** The GraphQL service on `/graphql`: queries, mutations, subscriptions over SSE, and GraphiQL. */
export function graphqlEndpoint(
  contextOf: (caller: Caller, signal: AbortSignal) => SchemaContext,
  {
    access,
    authentication,
    log,
    mask,
    watchers,
    streams,
    limits,
    largestUpload,
    introspection = true,
    page,
  }: EndpointOptions,
): GraphQLEndpoint {
  return createYoga({
    schema,
    graphqlEndpoint: ENDPOINT,
    context: (origin: OperationOrigin) => operationContext(contextOf, authentication, origin),
    // Ours says what it may do.
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: limits.body + largestUpload,
    // One that is remembered is thrown before a plugin hears of it, and would be in no log.
    parserAndValidationCache: { errorCache: { get: () => undefined, set() {} } },
    batching: { limit: limits.batch },
    cors: corsOf(access),
    maskedErrors: { maskError: (error, message) => mask.mask(error, message) },
    plugins: [
      ...(page === undefined ? [] : [graphiqlPage(ENDPOINT, page)]),
      httpConventions(ENDPOINT),
      authenticated(authentication),
      csrfPrevention(),
      requestShape(limits.batch),
      bodyLimit(limits.body),
      multipartMap(),
      mutationRefusals(),
      // From here on whatever way an operation came, over WebSocket as over HTTP. What is refused is watched as well.
      watchOperations(watchers),
      documentLimits(limits),
      subscriptionRoot(),
      ...(introspection ? [] : [hiddenSchema()]),
      operationLimits(limits),
      subscriptionLimit(limits.subscriptions),
      streams.plugin(),
      timeLimit(limits.operationMs),
    ],
    logging: {
      debug: (...args) => log.debug({ args }, 'graphql'),
      info: (...args) => log.debug({ args }, 'graphql'),
      warn: (...args) => log.warn({ args }, 'graphql'),
      // The mask has logged it, without what was asked for.
      error() {},
    },
  });
}

/** Without credentials: those that a browser would add by itself are none of ours. */
function corsOf({ origins }: AccessOptions): CORSOptions | false {
  if (origins.length === 0) return false;
  return { origin: [...origins], methods: ['GET', 'POST'], credentials: false };
}

/**
 * A form of a foreign page can send a POST without asking first. A GET it can send as well, but a
 * GET changes nothing, and the page cannot read its answer; an EventSource could not set a header.
 */
function csrfPrevention(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: ['x-graphql-yoga-csrf', 'x-requested-with'] });
  return {
    onRequestParse(payload) {
      return payload.request.method === 'GET' ? undefined : onRequestParse?.(payload);
    },
  };
}
