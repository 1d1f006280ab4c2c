import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** GraphQL's parser goes down into lists call by call: within the tokens that a document may have it can run out of stack. */
export function parserStack(): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => {
        try {
          return parseFn(source, options);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          const extensions = { http: { status: 400 }, code: 'GRAPHQL_PARSE_FAILED' };
          throw new GraphQLError('The document is nested too deeply to be parsed.', { extensions });
        }
      });
    },
  };
}
