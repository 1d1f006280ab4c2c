import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Levels of the variables' lists and objects: four for each of the eight of a filter, and room around it. */
const DEEPEST = 64;

/**
 * What cannot be read as a request is the client's fault, and no failure of ours: Yoga's own parsers stumble over some,
 * and GraphQL goes down into variables call by call until it runs out of stack.
 */
export function requestShape(): Plugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (requestParser === undefined) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          if (error instanceof GraphQLError) throw error;
          throw refused('The body of the request is not what its content type says.');
        }
      });
    },
    onParams({ params }) {
      if (isDeeper(params?.variables, DEEPEST)) {
        throw refused(`The variables are nested more than ${DEEPEST} levels deep.`);
      }
    },
  };
}

/** Level by level, so that it needs no stack. */
function isDeeper(value: unknown, levels: number): boolean {
  let inner = [value];
  for (let level = 0; level <= levels; level++) {
    inner = inner.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (inner.length === 0) return false;
  }
  return true;
}

function refused(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { http: { status: 400 }, code: 'BAD_REQUEST' } });
}
