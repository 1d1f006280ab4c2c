import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from './operation-context.ts';
import { beyondLimit } from './refusal.ts';

/**
 * Ends queries and mutations that take too long, or whose clients have gone: their signal aborts, which ends their
 * searches and reads, and they are answered without waiting for what does not listen to it. Subscriptions take as
 * long as they take.
 */
export function timeLimit(ms: number): Plugin<OperationContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { ending }: OperationContext = args.contextValue;
      setExecuteFn(async (given) => {
        const { promise: ended, resolve } = Promise.withResolvers<{ readonly errors: readonly GraphQLError[] }>();
        const end = () => resolve({ errors: [asError(ending.signal.reason)] });
        if (ending.signal.aborted) end();
        else ending.signal.addEventListener('abort', end, { once: true });
        const timer = setTimeout(() => ending.abort(tooLong(ms)), ms);
        try {
          // Its signal keeps the executor from beginning with further fields.
          const cancellable = { ...given, signal: ending.signal };
          return await Promise.race([ended, executeFn(cancellable)]);
        } finally {
          clearTimeout(timer);
        }
      });
    },
  };
}

function tooLong(ms: number): GraphQLError {
  return beyondLimit(
    'operationSeconds',
    `The operation took longer than ${ms / 1000} s and was ended, though a change that it had begun may have been ` +
      'made: ask for less at once, begin long work as a job',
    { status: 503, code: 'TIMEOUT' },
  );
}

/** Nobody hears that the client has gone. */
function asError(reason: unknown): GraphQLError {
  if (reason instanceof GraphQLError) return reason;
  return new GraphQLError('The client has gone.', { extensions: { code: 'CANCELLED' } });
}
