import { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import { badRequest, beyondLimit } from './refusal.ts';

/**
 * What cannot be read as a request is the client's fault, and no failure of ours: Yoga's own parsers stumble over some,
 * and answer others as if nothing were wrong.
 * @param batch operations that may come in one request, as an array
 */
export function requestShape(batch: number): Plugin {
  const arrays = new WeakSet<Request>();
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (requestParser !== undefined) {
        setRequestParser(async (whole) => {
          try {
            return await requestParser(whole);
          } catch (error) {
            throw asBadRequest(error);
          }
        });
      }
      return {
        onRequestParseDone({ requestParserResult: operations }) {
          if (!Array.isArray(operations)) return;
          if (operations.length > batch) throw tooManyOperations(operations.length, batch);
          arrays.add(request);
        },
      };
    },
    async onExecutionResult({ request, result, setResult }) {
      if (!isAsyncIterable(result) || !arrays.has(request)) return;
      await result[Symbol.asyncIterator]().return?.();
      setResult({
        errors: [badRequest('A subscription cannot be one of an array of operations: send it on its own.')],
      });
    },
  };
}

function asBadRequest(error: unknown): GraphQLError {
  if (!(error instanceof GraphQLError)) return badRequest('The body of the request is not what its content type says.');
  if (error.message.includes('Field value size exceeded')) {
    return badRequest(
      'A field of the multipart request that is no file is too long: give long lists in several requests.',
      {
        status: 413,
        code: 'REQUEST_ENTITY_TOO_LARGE',
      },
    );
  }
  return error.extensions.http === undefined ? badRequest(`${error.message}.`) : error;
}

function tooManyOperations(count: number, batch: number): GraphQLError {
  if (batch === 0) return beyondLimit('batch', 'Arrays of operations are not taken: send each in a request of its own');
  return beyondLimit('batch', `A request may hold ${batch} operations, and not ${count}: send them in several`);
}
