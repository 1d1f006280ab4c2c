import { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { SchemaContext } from '../schema/context.ts';

/**
 * An operation of which every mutation was refused is itself refused: 403 over HTTP (RFC 6750, 3.1). Where only some
 * were, each says so in its result, for the others have been done.
 */
export function mutationRefusals(): Plugin<SchemaContext> {
  return {
    onExecute({ args: { contextValue } }) {
      return {
        onExecuteDone({ result, setResult }) {
          const { refusals } = contextValue.mutations;
          if (refusals.length === 0 || isAsyncIterable(result)) return;
          const errors = refusals.map(({ path, error }) => {
            const challenge = `Bearer realm="viewfinder", error="insufficient_scope", scope="${error.scope}"`;
            const http = { status: 403, headers: { 'www-authenticate': challenge } };
            return new GraphQLError(error.message, { path, extensions: { code: error.code, http } });
          });
          setResult({ errors });
        },
      };
    },
  };
}
