import type { GraphQLResolveInfo } from 'graphql';
import type { Dataset } from '../core/dataset.ts';
import type { Item } from '../core/items.ts';
import type { SearchExplain } from '../core/search/explain.ts';
import type { KeyedAnswer, KeyedHit } from '../core/search/search.ts';
import type { View } from '../core/view.ts';
import { asksFor } from './asked-fields.ts';
import { builder } from './builder.ts';
import { pageComplexity } from './connection.ts';
import { FilterInput, itemFilterOf } from './filter.ts';
import type { Loaders } from './loaders.ts';
import { PAGE_SIZES, pageSizeOf } from './page-size.ts';
import { DatasetRef, EmbeddingTableRef, ItemRef, ViewRef } from './refs.ts';
import { SearchQueryInput, searchQueryOf } from './search-query.ts';

interface SearchEdgeNode extends Omit<KeyedHit, 'view'> {
  readonly dataset: Dataset;
  /** Without attributes where nobody asks for them. */
  readonly item: Item;
  /** Null where nobody asks for it. */
  readonly view: View | null;
}

interface SearchPageNode extends KeyedAnswer {
  readonly dataset: Dataset;
  readonly edges: readonly SearchEdgeNode[];
  readonly hasPreviousPage: boolean;
}

const ExplainRef = builder.objectRef<SearchExplain>('SearchExplain').implement({
  description: 'How an answer was found.',
  fields: (t) => ({
    exact: t.exposeBoolean('exact', { description: 'Whether every vector in question was compared.' }),
    indexType: t.string({
      nullable: true,
      description: 'The index that was used, such as IVF_FLAT; null where the search was exact.',
      resolve: ({ index }) => index?.type,
    }),
    nprobes: t.int({
      nullable: true,
      description: 'Partitions of the index that were searched.',
      resolve: ({ index }) => index?.nprobes,
    }),
    refineFactor: t.int({
      nullable: true,
      description: 'How many times as many rows the index gave, to be compared again by their own vectors.',
      resolve: ({ index }) => index?.refineFactor,
    }),
    candidates: t.exposeInt('candidates', { description: 'Vectors that were compared with the query.' }),
    plan: t.exposeString('plan', { description: 'All of it in words.' }),
    embedMs: t.exposeFloat('embedMs', { description: "Milliseconds for the query's own vector." }),
    searchMs: t.exposeFloat('searchMs', { description: 'Milliseconds for the comparison.' }),
    fetchMs: t.exposeFloat('fetchMs', { description: 'Milliseconds for looking up items and views.' }),
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
      resolve: ({ dataset, view }) => view && { dataset, view },
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
      resolve: ({ edges, hasPreviousPage, hasMore }) => ({
        hasNextPage: hasMore,
        hasPreviousPage,
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

const SearchInputRef = builder.inputType('SearchInput', {
  description: 'A search.',
  fields: (t) => ({
    table: t.string({ description: "Null: the dataset's only embedding table; an error where it has several." }),
    query: t.field({ type: SearchQueryInput, required: true, description: 'What to look for.' }),
    filter: t.field({ type: FilterInput, description: 'The items that may be hits; all where it is left out.' }),
    groupBy: t.field({ type: SearchGroupEnum, required: true, defaultValue: 'ITEM', description: 'What a hit is.' }),
    maxDistance: t.float({ description: "Hits farther than this, in the table's distance, are left out." }),
    exact: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Exact search even where the table has a vector index.',
    }),
  }),
});

builder.objectField(DatasetRef, 'search', (t) =>
  t.field({
    type: SearchConnectionRef,
    description: 'The items, or views, that are nearest to a query.',
    args: {
      input: t.arg({ type: SearchInputRef, required: true, description: 'What to look for, and where.' }),
      first: t.arg.int({
        required: true,
        defaultValue: 24,
        description: `How many, ${PAGE_SIZES}.`,
      }),
      after: t.arg.string({ description: 'The cursor of the hit behind which to begin.' }),
    },
    complexity: pageComplexity(24),
    resolve: async (dataset, { input, first, after }, context, info): Promise<SearchPageNode> => {
      const { signal, timeoutMs } = context;
      const limit = pageSizeOf('first', first, context);
      const search = {
        table: input.table ?? undefined,
        query: await searchQueryOf(input.query, dataset, context),
        limit: Math.max(1, limit),
        after: after ?? undefined,
        filter: itemFilterOf(input.filter),
        groupBy: input.groupBy,
        maxDistance: input.maxDistance ?? undefined,
        exact: input.exact,
      };
      const answer = await dataset.searchKeys(search, { signal, timeoutMs });
      const started = performance.now();
      const edges = await edgesOf(answer.hits.slice(0, limit), dataset, context.loaders, info);
      const explain = { ...answer.explain, fetchMs: answer.explain.fetchMs + performance.now() - started };
      context.metrics?.searched(explain);
      const hasMore = answer.hasMore || answer.hits.length > limit;
      return { ...answer, explain, hasMore, hasPreviousPage: after != null, dataset, edges };
    },
  }),
);

/** Reads of the hits what is asked for. */
async function edgesOf(
  hits: readonly KeyedHit[],
  dataset: Dataset,
  loaders: Loaders,
  info: GraphQLResolveInfo,
): Promise<readonly SearchEdgeNode[]> {
  const [readsItems, readsViews] = [asksFor(info, 'attributes'), asksFor(info, 'view')];
  const [items, views] = await Promise.all([
    readsItems ? Promise.all(hits.map(({ itemId }) => loaders.item(dataset, itemId))) : [],
    readsViews ? Promise.all(hits.map(({ view }) => loaders.view(dataset, view))) : [],
  ]);
  return hits.flatMap((hit, index) => {
    const item = readsItems ? items[index] : { id: hit.itemId, attributes: {} };
    const view = views[index] ?? null;
    // Not what was deleted a moment ago.
    return item == null || (readsViews && view === null) ? [] : [{ ...hit, dataset, item, view }];
  });
}
