import { type DocumentNode, getOperationAST } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { codeOf } from './error-mask.ts';
import { unknownOperation } from './refusal.ts';

export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown';

/** What a client has asked for. */
export interface Operation {
  /** As its document has it; null where it has none, or cannot be read. */
  readonly name: string | null;
  /** `unknown` where its document cannot be read. */
  readonly type: OperationType;
  /** `error`: its answer has errors, perhaps beside data. `refused`: it was not begun. */
  readonly outcome: 'ok' | 'error' | 'refused';
  /** Codes of its errors, each once. */
  readonly codes: readonly string[];
  readonly transport: 'http' | 'websocket';
  /** Whether it is a subscription that had begun. */
  readonly begun: boolean;
  /** Milliseconds since its document, or the request without one, came. */
  readonly ms: number;
}

/** Who is told of operations. */
export interface OperationWatcher {
  /** A subscription has begun, and sends events from now on. */
  began(subscription: Operation): void;
  /** It was answered, or refused; a subscription: it has ended, by whomever. */
  ended(operation: Operation): void;
}

/** Longer names are cut. */
const LONGEST_NAME = 100;
const NOT_FOUND = 404;

/** Tells of each operation over HTTP and WebSocket, those that are refused among them. */
export function watchOperations(watchers: readonly OperationWatcher[]): Plugin {
  /** When a request came, and when the document of an operation did, by its context. */
  const came = new WeakMap<object, number>();
  /** Requests of which an operation was told. */
  const told = new WeakSet<Request>();
  const tellEnd = (operation: Operation, { request }: Context) => {
    if (request !== undefined) told.add(request);
    for (const watcher of watchers) watcher.ended(operation);
  };
  const describe = (context: Context, document: DocumentNode | null, name?: string | null) => {
    const ast = document === null ? null : getOperationAST(document, name);
    return (outcome: Operation['outcome'], errors: readonly unknown[] = [], begun = false): Operation => ({
      name: ast?.name?.value.slice(0, LONGEST_NAME) ?? null,
      type: ast?.operation ?? 'unknown',
      outcome,
      codes: [...new Set(errors.map(codeOf))],
      transport: context.request === undefined ? 'websocket' : 'http',
      begun,
      ms: performance.now() - (came.get(context) ?? performance.now()),
    });
  };
  return {
    onRequest({ request }) {
      came.set(request, performance.now());
    },
    onResponse({ request, response }) {
      // Of a page that is not there, or one of the API's clients, nobody has asked for an operation.
      if (response.ok || response.status === NOT_FOUND || told.has(request)) return;
      const ms = performance.now() - (came.get(request) ?? performance.now());
      const codes = [`HTTP_${response.status}`];
      tellEnd(
        { name: null, type: 'unknown', outcome: 'refused', codes, transport: 'http', begun: false, ms },
        { request },
      );
    },
    onParse({ context }: { readonly context: Context }) {
      came.set(context, performance.now());
      return ({ result }) => {
        if (result instanceof Error) tellEnd(describe(context, null)('refused', [result]), context);
      };
    },
    onValidate({ context, params }) {
      return ({ valid, result }) => {
        const name = context.params?.operationName;
        const known = getOperationAST(params.documentAST, name);
        const errors = valid && !known ? [unknownOperation()] : result;
        if (errors.length > 0) tellEnd(describe(context, params.documentAST, name)('refused', errors), context);
      };
    },
    onExecute({ args }) {
      const as = describe(args.contextValue, args.document, args.operationName);
      return {
        onExecuteDone({ result }) {
          const errors = isAsyncIterable(result) ? undefined : result.errors;
          tellEnd(as(errors === undefined ? 'ok' : 'error', errors), args.contextValue);
        },
      };
    },
    onSubscribe({ args }) {
      const as = describe(args.contextValue, args.document, args.operationName);
      let [begun, hasEnded] = [false, false];
      const end = (errors?: readonly unknown[]) => {
        if (!hasEnded) tellEnd(as(errors === undefined ? 'ok' : 'error', errors, begun), args.contextValue);
        hasEnded = true;
      };
      return {
        onSubscribeResult({ result }) {
          if (!isAsyncIterable(result)) return end(result.errors);
          begun = true;
          for (const watcher of watchers) watcher.began(as('ok'));
          return { onEnd: () => end() };
        },
        onSubscribeError: ({ error }) => end([error]),
      };
    },
  };
}

/** Over a WebSocket there is no request. */
interface Context {
  readonly request?: Request;
}
