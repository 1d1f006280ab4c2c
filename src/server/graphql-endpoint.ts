import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { SchemaContext } from '../schema/context.ts';
import { schema } from '../schema/index.ts';
import type { AccessOptions } from './access.ts';
import { bodyLimit } from './body-limit.ts';
import type { ErrorMask } from './error-mask.ts';
import { graphiql } from './graphiql.ts';
import { requestShape } from './request-shape.ts';
import type { ServerLog } from './server-log.ts';
import { type OperationWatcher, watchOperations } from './watch-operations.ts';

/** Bytes of the largest request, beside a file that comes with it. */
const LARGEST_BODY = 2_000_000;
/** Tokens of the largest document: the time to check one grows faster than its length. */
const LARGEST_DOCUMENT = 2_000;

interface EndpointOptions {
  readonly access: AccessOptions;
  readonly log: ServerLog;
  readonly mask: ErrorMask;
  readonly watchers: readonly OperationWatcher[];
  /** Bytes of the largest file that may come with a request. */
  readonly largestUpload: number;
  /** What GraphiQL's example searches for. */
  readonly example?: string | undefined;
}

export type GraphQLEndpoint = YogaServerInstance<object, SchemaContext>;

/** The GraphQL service on `/graphql`: queries, mutations, subscriptions over SSE, and GraphiQL. */
export async function graphqlEndpoint(
  context: (signal?: AbortSignal) => SchemaContext,
  { access, log, mask, watchers, largestUpload, example }: EndpointOptions,
): Promise<GraphQLEndpoint> {
  return createYoga({
    schema,
    // Over a WebSocket there is no request.
    context: ({ request }: { readonly request?: Request }) => context(request?.signal),
    ...(await graphiql(context().library, example)),
    landingPage: false,
    maxRequestBodySize: LARGEST_BODY + largestUpload,
    cors: access.origins.length === 0 ? false : { origin: [...access.origins], methods: ['GET', 'POST'] },
    maskedErrors: { maskError: (error, message) => mask.mask(error, message) },
    plugins: [csrfPrevention(), requestShape(), bodyLimit(LARGEST_BODY), documentLimit(), watchOperations(watchers)],
    logging: {
      debug: (...args) => log.debug({ args }, 'graphql'),
      info: (...args) => log.debug({ args }, 'graphql'),
      warn: (...args) => log.warn({ args }, 'graphql'),
      // The mask has logged it, without what was asked for.
      error() {},
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
