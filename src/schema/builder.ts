import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import { ValidationError } from '../core/errors.ts';
import type { SchemaContext } from './context.ts';
import { ForbiddenError } from './forbidden-error.ts';
import { decodeGlobalId, encodeGlobalId } from './global-id.ts';
import './mutation-plugin.ts';
import { LARGEST_PAGE } from './page-size.ts';
import type { UploadedFile } from './uploaded-file.ts';

interface SchemaTypes {
  Context: SchemaContext;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    Upload: { Input: UploadedFile; Output: never };
  };
}

export const builder = new SchemaBuilder<SchemaTypes>({
  // The plugin of the errors is before that of the mutations: what that refuses is part of each mutation's result.
  plugins: [ComplexityPlugin, ErrorsPlugin, 'mutations', RelayPlugin],
  defaultFieldNullability: false,
  // What a field costs is said here; how much an operation may cost is left to who executes it.
  complexity: { defaultListMultiplier: 1 },
  errors: { directResult: true, defaultTypes: [ForbiddenError] },
  relay: {
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: nodeIdOf,
    idFieldOptions: { description: 'Names it among all nodes of this service; give it back as it is.' },
    nodeTypeOptions: { description: 'Whatever has an id by which it can be asked for again.' },
    nodeQueryOptions: {
      description: 'The node of that id; null where it is gone.',
      nullable: true,
      args: { id: { description: 'As the `id` of a node gave it.' } },
    },
    nodesQueryOptions: {
      description: `The nodes of those ids, in their order, at most ${LARGEST_PAGE} or what the service is set to; null where one is gone.`,
      nullable: { list: false, items: true },
      args: { ids: { description: 'As the `id` of each node gave it.' } },
      complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }),
      resolve: (_root, { ids }, { largestPage = LARGEST_PAGE }, _info, resolveNodes) => {
        if (ids.length <= largestPage) return resolveNodes(ids);
        throw ValidationError.at('ids', `At most ${largestPage} ids may be given, not ${ids.length}.`);
      },
    },
    pageInfoTypeOptions: { description: 'Where a page stands in its connection.' },
    hasNextPageFieldOptions: { description: 'Whether the list goes on behind the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether the list has more before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first place of the page; null where it is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last place of the page; null where it is empty.' },
  },
});

/** Names of the types that `builder.node` defines. */
const NODE_TYPES = ['Dataset', 'Item', 'View', 'ViewEmbedding', 'EmbeddingTable', 'EmbeddingJob'];

/** An id that is not one of ours names a dataset that is nowhere, so that asking for it gives null. */
function nodeIdOf(globalId: string): { typename: string; id: string } {
  const decoded = decodeGlobalId(globalId);
  return NODE_TYPES.includes(decoded.typename) ? decoded : { typename: 'Dataset', id: '' };
}

builder.queryType({ description: 'What can be asked.' });
builder.mutationType({
  description: 'What can be changed. Errors that a client can act upon are part of each result.',
});
builder.subscriptionType({ description: 'What can be followed, over server-sent events or WebSocket.' });

builder.scalarType('DateTime', {
  description: 'A moment, as ISO 8601 in UTC.',
  serialize: (date) => date.toISOString(),
  parseValue: (value) => new Date(String(value)),
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
});
