import type { Dataset } from '../core/dataset.ts';
import { ValidationError } from '../core/errors.ts';
import type { SearchAnswer, SearchExplain } from '../core/search.ts';
import type { SearchHit } from '../core/vector-search.ts';
import { builder } from './builder.ts';
import { cursorOf, LARGEST_PAGE, offsetOf, pageComplexity, sizeOf } from './connection.ts';
import { DatasetRef, EmbeddingTableRef, ItemRef, ViewRef } from './refs.ts';

/** Hits beyond this place are not paged to: a search is for what is near. */
const DEEPEST = 10_000;

interface SearchEdgeNode extends SearchHit {
  readonly dataset: Dataset;
  readonly cursor: string;
}

interface SearchPageNode extends SearchAnswer {
  readonly dataset: Dataset;
  readonly offset: number;
  readonly edges: readonly SearchEdgeNode[];
}

const ExplainRef = builder.objectRef<SearchExplain>('SearchExplain').implement({
  description: 'How an answer was found.',
  fields: (t) => ({
    exact: t.exposeBoolean('exact', { description: 'Whether every row was compared.' }),
    indexType: t.string({ nullable: true, description: 'The index that was used.', resolve: () => null }),
    candidates: t.exposeInt('candidates', { description: 'Rows that were compared.' }),
    embedMs: t.exposeFloat('embedMs', { description: "Milliseconds for the query's own vector." }),
    searchMs: t.exposeFloat('searchMs', { description: 'Milliseconds for the comparison.' }),
    fetchMs: t.exposeFloat('fetchMs', { description: 'Milliseconds for reading items and views.' }),
  }),
});

const EdgeRef = builder.objectRef<SearchEdgeNode>('SearchEdge').implement({
  description: 'One hit.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Give it as `after` to go on behind this hit.' }),
    node: t.field({ type: ItemRef, description: 'The item.', resolve: ({ dataset, item }) => ({ dataset, item }) }),
    view: t.field({
      type: ViewRef,
      nullable: true,
      description: 'Its view that is nearest.',
      resolve: ({ dataset, view }) => ({ dataset, view }),
    }),
    distance: t.exposeFloat('distance', { description: "In the table's own distance, as Pixano gives it." }),
    similarity: t.exposeFloat('similarity', { description: 'Cosine, in [-1, 1].' }),
  }),
});

const SearchConnectionRef = builder.objectRef<SearchPageNode>('SearchConnection').implement({
  description: 'One page of hits, nearest first.',
  fields: (t) => ({
    edges: t.field({ type: [EdgeRef], description: 'The hits.', resolve: (page) => [...page.edges] }),
    nodes: t.field({
      type: [ItemRef],
      description: 'The items of the hits.',
      resolve: ({ dataset, edges }) => edges.map(({ item }) => ({ dataset, item })),
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page stands.',
      resolve: ({ edges, offset, hasMore }) => ({
        hasNextPage: hasMore,
        hasPreviousPage: offset > 0,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      }),
    }),
    table: t.field({
      type: EmbeddingTableRef,
      description: 'The embedding table that was searched.',
      resolve: ({ dataset, table }) => ({ dataset, table }),
    }),
    explain: t.expose('explain', { type: ExplainRef, description: 'How the answer was found.' }),
  }),
});

const SearchGroupEnum = builder.enumType('SearchGroup', {
  description: 'What a hit is.',
  values: {
    ITEM: { description: 'Each item once, at the distance of its nearest view.' },
    VIEW: { description: 'Each view.' },
  } as const,
});

const SearchQueryInput = builder.inputType('SearchQuery', {
  description: 'What to look for.',
  isOneOf: true,
  fields: (t) => ({ text: t.string({ description: 'Words, such as "microscope picture of red cells".' }) }),
});

const SearchInputRef = builder.inputType('SearchInput', {
  description: 'A search.',
  fields: (t) => ({
    table: t.string({ description: "Null: the dataset's only embedding table; an error where it has several." }),
    query: t.field({ type: SearchQueryInput, required: true, description: 'What to look for.' }),
    groupBy: t.field({ type: SearchGroupEnum, required: true, defaultValue: 'ITEM', description: 'What a hit is.' }),
    maxDistance: t.float({ description: "Hits farther than this, in the table's distance, are left out." }),
    exact: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Exact search even where the table has a vector index; so far every search is exact.',
    }),
  }),
});

builder.objectField(DatasetRef, 'search', (t) =>
  t.field({
    type: SearchConnectionRef,
    description: 'The items, or views, that are nearest to a query.',
    args: {
      input: t.arg({ type: SearchInputRef, required: true, description: 'What to look for, and where.' }),
      first: t.arg.int({ required: true, defaultValue: 24, description: `How many, from 0 to ${LARGEST_PAGE}.` }),
      after: t.arg.string({ description: 'The cursor of the hit behind which to begin.' }),
    },
    complexity: pageComplexity(24),
    resolve: async (dataset, { input, first, after }, { loaders, metrics }): Promise<SearchPageNode> => {
      const offset = after == null ? 0 : offsetOf('after', after) + 1;
      const limit = sizeOf('first', first);
      if (offset + limit > DEEPEST) {
        throw ValidationError.at('after', `A search is paged to its first ${DEEPEST} hits, and no deeper.`);
      }
      const answer = await dataset.search({
        table: input.table ?? undefined,
        query: { text: input.query.text ?? '' },
        limit: Math.max(1, limit),
        offset,
        groupBy: input.groupBy,
        maxDistance: input.maxDistance ?? undefined,
      });
      metrics?.searched(answer.explain);
      const hits = answer.hits.slice(0, limit);
      loaders.knowItems(
        dataset,
        hits.map(({ item }) => item),
      );
      loaders.knowViews(
        dataset,
        hits.map(({ view }) => view),
      );
      const edges = hits.map((hit, index) => ({ ...hit, dataset, cursor: cursorOf(offset + index) }));
      return { ...answer, hasMore: answer.hasMore || answer.hits.length > limit, dataset, offset, edges };
    },
  }),
);
