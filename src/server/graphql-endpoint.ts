import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { GraphQLError } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import { DatasetUnreadableError, ValidationError, ViewfinderError } from '../core/errors.ts';
import type { SchemaContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import type { AccessOptions } from './access.ts';
import { bodyLimit } from './body-limit.ts';
import { graphiql } from './graphiql.ts';
import { useMetrics } from './graphql-metrics.ts';
import { hiddenSchema } from './hidden-schema.ts';
import { httpConventions } from './http-conventions.ts';
import type { Metrics } from './metrics.ts';
import { multipartMap } from './multipart-map.ts';
import { requestShape } from './request-shape.ts';
import type { ServerLog } from './server-log.ts';

/** Bytes of the largest request, beside a file that comes with it. */
const LARGEST_BODY = 2_000_000;
/** Tokens of the largest document: the time to check one grows faster than its length. */
const LARGEST_DOCUMENT = 2_000;

interface EndpointOptions {
  readonly access: AccessOptions;
  readonly log: ServerLog;
  readonly metrics: Metrics;
  /** Bytes of the largest file that may come with a request. */
  readonly largestUpload: number;
  /** Whether the schema can be asked for; it can where this is left out. */
  readonly introspection?: boolean | undefined;
  /** Whether browsers get GraphiQL; they do where this is left out. */
  readonly graphiql?: boolean | undefined;
  /** What GraphiQL's example searches for. */
  readonly example?: string | undefined;
}

/** The address of the service. */
const ENDPOINT = '/graphql';

export type GraphQLEndpoint = YogaServerInstance<object, SchemaContext>;

/** The GraphQL service on `/graphql`: queries, mutations, subscriptions over SSE, and GraphiQL. */
export async function graphqlEndpoint(
  context: (signal?: AbortSignal) => SchemaContext,
  { access, log, metrics, largestUpload, introspection = true, ...page }: EndpointOptions,
): Promise<GraphQLEndpoint> {
  return createYoga({
    schema,
    graphqlEndpoint: ENDPOINT,
    // Over a WebSocket there is no request.
    context: ({ request }: { readonly request?: Request }) => context(request?.signal),
    ...(page.graphiql === false ? { graphiql: false } : await graphiql(context().library, page.example)),
    landingPage: false,
    maxRequestBodySize: LARGEST_BODY + largestUpload,
    cors: access.origins.length === 0 ? false : { origin: [...access.origins], methods: ['GET', 'POST'] },
    maskedErrors: { maskError },
    plugins: [
      httpConventions(ENDPOINT),
      csrfPrevention(),
      requestShape(),
      bodyLimit(LARGEST_BODY),
      multipartMap(),
      documentLimit(),
      ...(introspection ? [] : [hiddenSchema()]),
      useMetrics(metrics),
    ],
    logging: {
      debug: (...args) => log.debug({ args }, 'graphql'),
      info: (...args) => log.debug({ args }, 'graphql'),
      warn: (...args) => log.warn({ args }, 'graphql'),
      error: (error) => {
        const origin = originOf(error);
        // Who has gone hears no answer, and nothing is wrong.
        if (origin instanceof DOMException && origin.name === 'AbortError') return;
        if (origin instanceof ViewfinderError && !(origin instanceof DatasetUnreadableError)) return;
        log.error({ err: origin }, 'An operation failed.');
      },
    },
  });
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

/** Our own errors go to the client with their code; of any other, and of our files, it learns nothing. */
function maskError(error: unknown, message: string): Error {
  const origin = originOf(error);
  if (origin instanceof DatasetUnreadableError) {
    return new GraphQLError('The files of the dataset cannot be read; the log of the service says why.', {
      ...locationOf(error),
      extensions: { code: origin.code },
    });
  }
  if (origin instanceof ViewfinderError) {
    const issues = origin instanceof ValidationError ? { issues: origin.issues } : {};
    return new GraphQLError(origin.message, {
      ...locationOf(error),
      extensions: { code: origin.code, ...issues },
    });
  }
  if (error instanceof GraphQLError && (origin === undefined || origin instanceof GraphQLError)) return error;
  return new GraphQLError(message, { ...locationOf(error), extensions: { code: 'INTERNAL_SERVER_ERROR' } });
}

/** What was thrown in a resolver, below the layers that GraphQL puts around it. */
function originOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.originalError === undefined ? undefined : originOf(error.originalError);
}

function locationOf(error: unknown) {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, path, source, positions } = error;
  return { nodes: nodes ?? null, path: path ?? null, source: source ?? null, positions: positions ?? null };
}
