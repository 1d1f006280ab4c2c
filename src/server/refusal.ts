import { GraphQLError } from 'graphql';

/** A limit as the configuration names it. */
type LimitName =
  | 'depth'
  | 'breadth'
  | 'cost'
  | 'tokens'
  | 'aliases'
  | 'variables'
  | 'batch'
  | 'bodyMb'
  | 'operationSeconds'
  | 'subscriptions';

/** A request that cannot be read, whatever it asks for: 400, or another status where HTTP has a better one. */
export function badRequest(message: string, { status = 400, code = 'BAD_REQUEST' } = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { http: { status }, code } });
}

/** A document that has no operation of the name that was asked for, or several and no name was. */
export function unknownOperation(): GraphQLError {
  const message = 'Could not determine what operation to execute.';
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}

/**
 * A request that can be read and asks for too much. Its status is 200 for a client that takes application/json, as
 * GraphQL over HTTP has it, and the one given for a client of application/graphql-response+json.
 * @param message what was asked, what the limit is, and what to do; how to raise it is added
 */
export function beyondLimit(
  limit: LimitName,
  message: string,
  { status = 400, code = 'LIMIT_EXCEEDED' } = {},
): GraphQLError {
  return new GraphQLError(`${message}, or have the service raise "limits.${limit}".`, {
    extensions: { http: { status, spec: true }, code, limit },
  });
}
