import type { Server } from 'node:http';
import type { ExecutionArgs } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type AccessOptions, refusalOf } from './access.ts';
import type { GraphQLEndpoint } from './graphql-endpoint.ts';

/** Bytes of the largest message. */
const LARGEST_MESSAGE = 2_000_000;

/**
 * Operations over WebSocket (`graphql-transport-ws`) at the same address, through the same
 * parsing, validation, limits and masking as those over HTTP.
 */
export function serveWebSocket(server: Server, yoga: GraphQLEndpoint, access: AccessOptions): AsyncDisposable {
  const sockets = new WebSocketServer({
    server,
    path: yoga.graphqlEndpoint,
    maxPayload: LARGEST_MESSAGE,
    verifyClient: ({ req }, answer) => {
      const refusal = refusalOf(req, access);
      answer(refusal === null, 403, refusal ?? undefined);
    },
  });
  const disposable = useServer(
    {
      execute: (args) => enveloped(args).execute(args),
      subscribe: (args) => enveloped(args).subscribe(args),
      onSubscribe: async (context, _id, { operationName, query, variables }) => {
        const envelope = yoga.getEnveloped({
          request: context.extra.request,
          params: { query, operationName, variables },
        });
        const document = envelope.parse(query);
        const errors = envelope.validate(envelope.schema, document);
        if (errors.length > 0) return errors;
        const args: EnvelopedArgs = {
          schema: envelope.schema,
          operationName: operationName ?? null,
          document,
          variableValues: variables ?? null,
          contextValue: await envelope.contextFactory(),
          rootValue: envelope,
        };
        return args;
      },
    },
    sockets,
  );
  return {
    async [Symbol.asyncDispose]() {
      await disposable.dispose();
      sockets.close();
    },
  };
}

type Envelope = ReturnType<GraphQLEndpoint['getEnveloped']>;

interface EnvelopedArgs extends ExecutionArgs {
  /** The operation's own functions travel to `execute` and `subscribe` as its root value. */
  readonly rootValue: Envelope;
}

function enveloped(args: ExecutionArgs): Envelope {
  return (args as EnvelopedArgs).rootValue;
}
