import { readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLSchema } from 'graphql';

/** What `api.graphql` says in its last comment, in words. */
const CONNECTIONS = ['Dataset', 'Item', 'View', 'ViewEmbedding', 'EmbeddingJob', 'EmbeddingFailure'];
const PAGE_INFO =
  'type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }';

/** The API that clients are written against. */
export async function promisedSchema(): Promise<GraphQLSchema> {
  const source = await readFile(new URL('../fixtures/api.graphql', import.meta.url), 'utf8');
  const connections = CONNECTIONS.map(
    (name) => `
      type ${name}Connection { edges: [${name}Edge!]! nodes: [${name}!]! pageInfo: PageInfo! totalCount: Int! }
      type ${name}Edge { cursor: String! node: ${name}! }`,
  );
  return buildSchema([source, PAGE_INFO, ...connections].join('\n'));
}
