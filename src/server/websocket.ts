import type { Server } from 'node:http';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../schema/caller.ts';
import { type AccessOptions, refusalOf } from './access.ts';
import { type Authentication, UnauthenticatedError } from './authentication.ts';
import type { GraphQLEndpoint } from './graphql-endpoint.ts';
import type { Limits } from './limits.ts';
import { unknownOperation } from './refusal.ts';
import type { ServerLog } from './server-log.ts';
import { Shares } from './shares.ts';
import { SocketOperations } from './socket-operations.ts';

export interface WebSocketService extends AsyncDisposable {
  /** Ends the connections of clients that do not answer when they are asked to close. */
  terminate(): void;
}

export interface WebSocketOptions {
  readonly access: AccessOptions;
  readonly authentication: Authentication;
  readonly log: ServerLog;
  readonly limits: Limits;
}

/** What graphql-transport-ws closes a connection with when nobody knows who asks. */
const UNAUTHENTICATED = 4401;

/**
 * Operations over WebSocket (`graphql-transport-ws`) at the same address, through the same
 * parsing, validation, limits and masking as those over HTTP.
 */
export function serveWebSocket(
  server: Server,
  yoga: GraphQLEndpoint,
  { access, authentication, log, limits }: WebSocketOptions,
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
      const full = open.refusal(req.socket.remoteAddress ?? '', 'WebSocket');
      if (full === null) answer(true);
      else answer(false, full.status, `${full.message}.`);
    },
  });
  const callers = new WeakMap<WebSocket, Caller>();
  const disposable = useServer(
    {
      // Errors that nobody foresaw close the socket without their message.
      isProd: true,
      execute: (args) => enveloped(args).execute(args),
      subscribe: (args) => enveloped(args).subscribe(args),
      onConnect: ({ connectionParams, extra: { socket, request } }) => {
        try {
          const address = request.socket.remoteAddress ?? null;
          callers.set(socket, authentication.callerOf(authorizationOf(connectionParams), address));
          return true;
        } catch (error) {
          if (!(error instanceof UnauthenticatedError)) throw error;
          socket.close(UNAUTHENTICATED, 'Unauthorized');
          return false;
        }
      },
      onComplete: ({ extra }, id, payload) => operations.get(extra.socket)?.end(id, payload),
      onNext: (_connection, _id, _payload, _args, { data, errors }) =>
        errors && { ...(data !== undefined && { data }), errors: errors.map(withoutHttp) },
      onError: ({ extra }, id, payload, errors) => {
        operations.get(extra.socket)?.end(id, payload);
        return errors.map(withoutHttp);
      },
      onSubscribe: async ({ extra }, id, payload) => {
        const { operationName, query, variables } = payload;
        const left = operations.get(extra.socket)?.begin(id, payload);
        const caller = callers.get(extra.socket);
        // Without the request that opened the socket: it is a GET, for which Yoga refuses mutations.
        const envelope = yoga.getEnveloped({
          params: { query, operationName, variables },
          ...(left && { left }),
          ...(caller && { caller }),
        });
        try {
          const document = envelope.parse(query);
          const errors = envelope.validate(envelope.schema, document);
          if (errors.length > 0) return errors;
          // As over HTTP; what graphql-ws says of it has no code.
          if (!getOperationAST(document, operationName)) return [unknownOperation()];
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

/** As a header has it, or the token alone; a browser's WebSocket cannot send headers. */
function authorizationOf(params: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { Authorization, authorization = Authorization, token } = params;
  if (typeof authorization === 'string') return authorization;
  return typeof token === 'string' ? `Bearer ${token}` : undefined;
}

/** Yoga takes what is meant for the status and the headers of HTTP out of an answer; here nobody else does. */
function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, ...extensions } = {}, ...formatted } = error.toJSON();
  return Object.keys(extensions).length === 0 ? formatted : { ...formatted, extensions };
}

type Envelope = ReturnType<GraphQLEndpoint['getEnveloped']>;

interface EnvelopedArgs extends ExecutionArgs {
  /** The operation's own functions travel to `execute` and `subscribe` as its root value. */
  readonly rootValue: Envelope;
}

function enveloped(args: ExecutionArgs): Envelope {
  return (args as EnvelopedArgs).rootValue;
}
