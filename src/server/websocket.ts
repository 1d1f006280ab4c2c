import type { Server } from 'node:http';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AccessOptions, refusalOf } from './access.ts';
import type { GraphQLEndpoint } from './graphql-endpoint.ts';
import type { Limits } from './limits.ts';
import type { ServerLog } from './server-log.ts';
import { Shares } from './shares.ts';
import { SocketOperations } from './socket-operations.ts';

export interface WebSocketService extends AsyncDisposable {
  /** Ends the connections of clients that do not answer when they are asked to close. */
  terminate(): void;
}

/**
 * Operations over WebSocket (`graphql-transport-ws`) at the same address, through the same
 * parsing, validation, limits and masking as those over HTTP.
 */
export function serveWebSocket(
  server: Server,
  yoga: GraphQLEndpoint,
  access: AccessOptions,
  { log, limits }: { readonly log: ServerLog; readonly limits: Limits },
): WebSocketService {
  const open = new Shares(limits.subscriptions);
  const operations = new WeakMap<WebSocket, SocketOperations>();
  const sockets = new WebSocketServer({
    server,
    path: yoga.graphqlEndpoint,
    maxPayload: limits.websocketMessage,
    verifyClient: ({ req }, answer) => {
      const refusal = refusalOf(req, access);
      if (refusal !== null) return answer(false, 403, refusal);
      const usedUp = open.usedUp(req.socket.remoteAddress ?? '');
      if (usedUp === null) return answer(true);
      const who = usedUp === 'client' ? 'This client has' : 'All clients together have';
      const message = `${who} ${limits.subscriptions[usedUp]} WebSockets open, and may have no more: end some.`;
      answer(false, usedUp === 'client' ? 429 : 503, message);
    },
  });
  const disposable = useServer(
    {
      // Errors that nobody foresaw close the socket without their message.
      isProd: true,
      execute: (args) => enveloped(args).execute(args),
      subscribe: (args) => enveloped(args).subscribe(args),
      onComplete: ({ extra }, id, payload) => operations.get(extra.socket)?.end(id, payload),
      onError: ({ extra }, id, payload) => operations.get(extra.socket)?.end(id, payload),
      onSubscribe: async ({ extra }, id, payload) => {
        const { operationName, query, variables } = payload;
        const left = operations.get(extra.socket)?.begin(id, payload);
        const client = extra.request.socket.remoteAddress;
        // Without the request that opened the socket: it is a GET, for which Yoga refuses mutations.
        const envelope = yoga.getEnveloped({
          params: { query, operationName, variables },
          ...(left && { left }),
          ...(client && { client }),
        });
        try {
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
        } catch (error) {
          // A document that cannot be parsed ends its operation, and not the socket with all others.
          if (error instanceof GraphQLError) return [error];
          throw error;
        }
      },
    },
    sockets,
  );
  sockets.on('connection', (socket, { socket: { remoteAddress = '' } }) => {
    socket.once('close', open.take(remoteAddress));
    operations.set(socket, new SocketOperations(socket));
    // By itself graphql-ws prints a stack for each message that is too large.
    socket.removeAllListeners('error').on('error', (err) => log.debug({ err }, 'A WebSocket failed.'));
  });
  return {
    [Symbol.asyncDispose]: async () => disposable.dispose(),
    terminate() {
      for (const client of sockets.clients) client.terminate();
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
