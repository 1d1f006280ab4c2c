import type { IncomingMessage } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { type CORSOptions, createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Caller } from '../schema/caller.ts';
import type { SchemaContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import type { AccessOptions } from './access.ts';
import { type Authentication, authenticated } from './authentication.ts';
import { bodyLimit } from './body-limit.ts';
import type { ErrorMask } from './error-mask.ts';
import { graphiqlPage } from './graphiql-page.ts';
import { hiddenSchema } from './hidden-schema.ts';
import { httpConventions } from './http-conventions.ts';
import { multipartMap } from './multipart-map.ts';
import { mutationRefusals } from './mutation-refusals.ts';
import { requestShape } from './request-shape.ts';
import type { ServerLog } from './server-log.ts';
import { type OperationWatcher, watchOperations } from './watch-operations.ts';

/** Bytes of the largest request, beside a file that comes with it. */
const LARGEST_BODY = 2_000_000;
/** Tokens of the largest document: the time to check one grows faster than its length. */
const LARGEST_DOCUMENT = 2_000;

interface EndpointOptions {
  readonly access: AccessOptions;
  readonly authentication: Authentication;
  readonly log: ServerLog;
  readonly mask: ErrorMask;
  readonly watchers: readonly OperationWatcher[];
  /** Bytes of the largest file that may come with a request. */
  readonly largestUpload: number;
  /** Whether the schema can be asked for; it can where this is left out. */
  readonly introspection?: boolean | undefined;
  /** Renders the page that browsers get; none where this is left out. */
  readonly page?: (() => Promise<string>) | undefined;
}

/** The address of the service. */
const ENDPOINT = '/graphql';

/** From what an operation's context is made: the request, or over a WebSocket what is known of the connection. */
interface OperationOrigin {
  readonly request?: Request;
  readonly req?: IncomingMessage;
  readonly caller?: Caller;
}

export type GraphQLEndpoint = YogaServerInstance<object, SchemaContext>;

/** The GraphQL service on `/graphql`: queries, mutations, subscriptions over SSE, and GraphiQL. */
export function graphqlEndpoint(
  contextOf: (caller: Caller, signal?: AbortSignal) => SchemaContext,
  { access, authentication, log, mask, watchers, largestUpload, introspection = true, page }: EndpointOptions,
): GraphQLEndpoint {
  return createYoga({
    schema,
    graphqlEndpoint: ENDPOINT,
    context: ({ request, req, caller }: OperationOrigin) => {
      const authorization = request?.headers.get('authorization');
      const known = caller ?? authentication.callerOf(authorization, req?.socket.remoteAddress ?? null);
      return contextOf(known, request?.signal);
    },
    // Ours says what it may do.
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: LARGEST_BODY + largestUpload,
    cors: corsOf(access),
    maskedErrors: { maskError: (error, message) => mask.mask(error, message) },
    plugins: [
      ...(page === undefined ? [] : [graphiqlPage(ENDPOINT, page)]),
      httpConventions(ENDPOINT),
      authenticated(authentication),
      csrfPrevention(),
      requestShape(),
      bodyLimit(LARGEST_BODY),
      multipartMap(),
      documentLimit(),
      ...(introspection ? [] : [hiddenSchema()]),
      mutationRefusals(),
      watchOperations(watchers),
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

function documentLimit(): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => parseFn(source, { ...options, maxTokens: LARGEST_DOCUMENT }));
    },
  };
}
