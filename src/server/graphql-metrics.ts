import { type DocumentNode, getOperationAST } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Metrics, OperationType } from './metrics.ts';

/** Counts operations over HTTP and WebSocket, and takes their time. Those that are refused are of no known type. */
export function useMetrics(metrics: Metrics): Plugin {
  return {
    onParse() {
      const started = performance.now();
      return ({ result }) => {
        if (result instanceof Error) metrics.operated('unknown', 'invalid', performance.now() - started);
      };
    },
    onValidate() {
      const started = performance.now();
      return ({ valid }) => {
        if (!valid) metrics.operated('unknown', 'invalid', performance.now() - started);
      };
    },
    onExecute({ args }) {
      const started = performance.now();
      const type = typeOf(args.document, args.operationName);
      return {
        onExecuteDone({ result }) {
          const failed = !isAsyncIterable(result) && result.errors !== undefined;
          metrics.operated(type, failed ? 'error' : 'ok', performance.now() - started);
        },
      };
    },
    onSubscribe() {
      return {
        onSubscribeResult({ result }) {
          metrics.operated('subscription', isAsyncIterable(result) ? 'ok' : 'error', 0);
        },
      };
    },
  };
}

function typeOf(document: DocumentNode, name: string | null | undefined): OperationType {
  return getOperationAST(document, name)?.operation ?? 'unknown';
}
