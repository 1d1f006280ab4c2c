/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** What one column of the item table is to hold. */
export type ColumnFilter = {
  /** The comparison. */
  is: Condition;
  /** One of `itemColumns`, exactly so. */
  name: string;
};

/** What to bring up to date. */
export type ComputeViewEmbeddingsInput = {
  /** Id of the dataset. */
  dataset: string | number;
  /** False: only views without a vector. True: all of the selection, replacing their vectors. */
  recompute?: boolean;
  /** Name of the embedding table. */
  table: string;
  /** Omitted or null: every view of every image table of the dataset. */
  views?: ViewSelection | null | undefined;
};

/** What a value of a column is compared with: strings by code points, booleans, numbers (64-bit integers may come as strings), times and dates as ISO 8601, times with an offset where the column has a zone and without one where it has none. A missing value, and NaN counts as one, passes `ne` and `isNull: true` alone. */
export type Condition =
  {   /** It is a string with this one in it; capitals count, and there are no wildcards. */
  contains: string; eq?: never; gt?: never; gte?: never; in?: never; isNull?: never; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never;   /** It is the same. */
  eq: unknown; gt?: never; gte?: never; in?: never; isNull?: never; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never;   /** It is greater, or later. */
  gt: unknown; gte?: never; in?: never; isNull?: never; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never;   /** It is greater, or the same. */
  gte: unknown; in?: never; isNull?: never; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never;   /** It is one of these, at most 1,000. */
  in: Array<unknown>; isNull?: never; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never; in?: never;   /** Whether it is missing. */
  isNull: boolean; lt?: never; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never; in?: never; isNull?: never;   /** It is less, or earlier; not asked of booleans, like the next three. */
  lt: unknown; lte?: never; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never; in?: never; isNull?: never; lt?: never;   /** It is less, or the same. */
  lte: unknown; ne?: never; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never; in?: never; isNull?: never; lt?: never; lte?: never;   /** It is another, or missing. */
  ne: unknown; startsWith?: never; }
  |  { contains?: never; eq?: never; gt?: never; gte?: never; in?: never; isNull?: never; lt?: never; lte?: never; ne?: never;   /** It is a string that begins with this one. */
  startsWith: string; };

/** The table to make. */
export type CreateEmbeddingTableInput = {
  /** Id of the dataset. */
  dataset: string | number;
  /** The LanceDB embedding function, such as `open-clip`. */
  embeddingFunction: string;
  /** A table of that name with the same function and options is returned as it is. */
  existOk?: boolean;
  /** Replace or not. */
  mode?: CreateMode;
  /** Name of the table, such as `emb_open-clip`. */
  name: string;
  /** What differs from the function's defaults; see `EmbeddingPlugin.optionsSchema`. */
  options?: unknown;
  /** Of the table to the items; written as given. */
  relation?: SchemaRelation;
};

/** What to do where there is a table of that name. */
export type CreateMode =
  /** Leave it, and say so. */
  | 'CREATE'
  /** Replace it: its vectors are gone. */
  | 'OVERWRITE';

/** Which generation of Pixano wrote a dataset. */
export type DatasetLayout =
  /** Up to 0.6: `item`, `item_ref`, `schema.json`. */
  | 'ITEMS'
  /** 0.7 and later: `records`, `record_id`. */
  | 'RECORDS';

/** How far an embedding table can be trusted for search. */
export type EmbeddingHealth =
  /** The table cannot be read. */
  | 'CORRUPT'
  /** The model gives vectors of another length. */
  | 'DIMENSION_MISMATCH'
  /** It has no vector yet. */
  | 'EMPTY'
  /** The plugin is here, its model is not; `findings` says where it was looked for. */
  | 'MISSING_MODEL'
  /** No plugin here serves the table's embedding function. */
  | 'MISSING_PLUGIN'
  /** Some views have no vector: searches do not find them. */
  | 'PARTIAL'
  /** Every picture has its vector. */
  | 'READY'
  /** Views were deleted or replaced since, or the stored vectors fail verification. */
  | 'STALE';

/** How far a job has come. */
export type EmbeddingJobState =
  /** It ended because it was asked to. */
  | 'CANCELLED'
  /** It was asked to end and finishes its running batches. */
  | 'CANCELLING'
  /** It could not go on; `error` says why. */
  | 'FAILED'
  /** Its process ended before it did; asking again goes on from there. */
  | 'INTERRUPTED'
  /** It waits for its turn. */
  | 'QUEUED'
  /** It is at work. */
  | 'RUNNING'
  /** It ended: every view is embedded or has failed with a reason. */
  | 'SUCCEEDED';

/** Which items: each passes or does not. At most 8 levels deep, with 500 conditions and 10,000 values in all `in`. */
export type Filter =
  {   /** Every one of these lets it pass; with none, every item passes. */
  all: Array<Filter>; any?: never; column?: never; not?: never; }
  |  { all?: never;   /** One of these lets it pass; with none, no item passes. */
  any: Array<Filter>; column?: never; not?: never; }
  |  { all?: never; any?: never;   /** One of its columns holds what is asked of it. */
  column: ColumnFilter; not?: never; }
  |  { all?: never; any?: never; column?: never;   /** This one does not let it pass. */
  not: Filter; };

/** How the rows of a table stand to the items. */
export type SchemaRelation =
  /** Both. */
  | 'MANY_TO_MANY'
  /** Several rows an item. */
  | 'MANY_TO_ONE'
  /** A row belongs to several items. */
  | 'ONE_TO_MANY'
  /** One row an item. */
  | 'ONE_TO_ONE';

/** What a hit is. */
export type SearchGroup =
  /** Each item once, at the distance of its nearest view. */
  | 'ITEM'
  /** Each view. */
  | 'VIEW';

/** A search. */
export type SearchInput = {
  /** Exact search even where the table has a vector index. */
  exact?: boolean;
  /** The items that may be hits; all where it is left out. */
  filter?: Filter | null | undefined;
  /** What a hit is. */
  groupBy?: SearchGroup;
  /** Hits farther than this, in the table's distance, are left out. */
  maxDistance?: number | null | undefined;
  /** What to look for. */
  query: SearchQuery;
  /** Null: the dataset's only embedding table; an error where it has several. */
  table?: string | null | undefined;
};

/** What to look for: one of these. */
export type SearchQuery =
  {   /** A picture file, to find what is like it. */
  image: unknown; imageUrl?: never; text?: never; vector?: never; view?: never; }
  |  { image?: never;   /** The http or https address of a picture, on a host that the service is allowed to ask. */
  imageUrl: string; text?: never; vector?: never; view?: never; }
  |  { image?: never; imageUrl?: never;   /** Words, such as "microscope picture of red cells". */
  text: string; vector?: never; view?: never; }
  |  { image?: never; imageUrl?: never; text?: never;   /** As many finite numbers as the table's vectors have, in their space. */
  vector: Array<number>; view?: never; }
  |  { image?: never; imageUrl?: never; text?: never; vector?: never;   /** A view of this dataset, to find more like it: itself, or by items its item, is left out. */
  view: string | number; };

/** Which views. */
export type ViewSelection =
  {   /** These, by the ids of their nodes. */
  ids: Array<string | number>; table?: never; }
  |  { ids?: never;   /** Those of one table. */
  table: ViewTableSelection; };

/** The views of one table. */
export type ViewTableSelection = {
  /** Only the first so many of them. */
  limit?: number | null | undefined;
  /** The table, or in the records layout also a logical view. */
  name: string;
};

export type DatasetsQueryVariables = Exact<{ [key: string]: never; }>;


export type DatasetsQuery = { library: { name: string, datasets: { nodes: Array<{ id: string, name: string, folder: string, layout: DatasetLayout, itemCount: number, embeddingTables: Array<{ name: string, embeddingFunction: string, health: EmbeddingHealth, embeddedViewCount: number | null, viewCount: number | null }> }> }, problems: Array<{ folder: string, message: string }> } };

export type CreateTableMutationVariables = Exact<{
  input: CreateEmbeddingTableInput;
}>;


export type CreateTableMutation = { createEmbeddingTable:
    | { __typename: 'ConflictError', code: string, message: string }
    | { __typename: 'CreateEmbeddingTablePayload', table: { id: string, name: string, options: unknown, dimensions: number | null, health: EmbeddingHealth } }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'PluginError', code: string, message: string }
    | { __typename: 'ValidationError', code: string, message: string }
   };

export type ViewsQueryVariables = Exact<{
  folder: string;
}>;


export type ViewsQuery = { dataset: { views: { totalCount: number, nodes: Array<{ id: string, table: string, width: number | null, height: number | null, thumbnailUrl: string | null, item: { attributes: unknown } }> } } | null };

export type ComputeMutationVariables = Exact<{
  input: ComputeViewEmbeddingsInput;
}>;


export type ComputeMutation = { computeViewEmbeddings:
    | { __typename: 'ComputeViewEmbeddingsPayload', job: { id: string, state: EmbeddingJobState, total: number } }
    | { __typename: 'ConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'PluginError', code: string, message: string }
    | { __typename: 'ValidationError', code: string, message: string }
   };

export type ProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type ProgressSubscription = { embeddingJob: { cursor: string, job: { state: EmbeddingJobState, total: number, embedded: number, skipped: number, failed: number, rate: number | null, etaSeconds: number | null, failures: { nodes: Array<{ viewId: string, code: string, message: string }> } } } };

export type SearchItemsQueryVariables = Exact<{
  folder: string;
  input: SearchInput;
}>;


export type SearchItemsQuery = { dataset: { search: { edges: Array<{ distance: number, similarity: number, node: { pixanoId: string, attributes: unknown }, view: { thumbnailUrl: string | null } | null }>, explain: { exact: boolean, candidates: number, embedMs: number, searchMs: number, fetchMs: number } } } | null };


export const DatasetsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Datasets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"library"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"datasets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"layout"}},{"kind":"Field","name":{"kind":"Name","value":"itemCount"}},{"kind":"Field","name":{"kind":"Name","value":"embeddingTables"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"embeddingFunction"}},{"kind":"Field","name":{"kind":"Name","value":"health"}},{"kind":"Field","name":{"kind":"Name","value":"embeddedViewCount"}},{"kind":"Field","name":{"kind":"Name","value":"viewCount"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"folder"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<DatasetsQuery, DatasetsQueryVariables>;
export const CreateTableDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateTable"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateEmbeddingTableInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createEmbeddingTable"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreateEmbeddingTablePayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"options"}},{"kind":"Field","name":{"kind":"Name","value":"dimensions"}},{"kind":"Field","name":{"kind":"Name","value":"health"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateTableMutation, CreateTableMutationVariables>;
export const ViewsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Views"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"folder"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataset"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"folder"},"value":{"kind":"Variable","name":{"kind":"Name","value":"folder"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"views"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"width"}},{"kind":"Field","name":{"kind":"Name","value":"height"}},{"kind":"Field","name":{"kind":"Name","value":"thumbnailUrl"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"attributes"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<ViewsQuery, ViewsQueryVariables>;
export const ComputeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"Compute"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ComputeViewEmbeddingsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"computeViewEmbeddings"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ComputeViewEmbeddingsPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ComputeMutation, ComputeMutationVariables>;
export const ProgressDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Progress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"embeddingJob"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"embedded"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"etaSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"failures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewId"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<ProgressSubscription, ProgressSubscriptionVariables>;
export const SearchItemsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SearchItems"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"folder"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SearchInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataset"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"folder"},"value":{"kind":"Variable","name":{"kind":"Name","value":"folder"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"search"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"distance"}},{"kind":"Field","name":{"kind":"Name","value":"similarity"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pixanoId"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"view"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"thumbnailUrl"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"explain"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exact"}},{"kind":"Field","name":{"kind":"Name","value":"candidates"}},{"kind":"Field","name":{"kind":"Name","value":"embedMs"}},{"kind":"Field","name":{"kind":"Name","value":"searchMs"}},{"kind":"Field","name":{"kind":"Name","value":"fetchMs"}}]}}]}}]}}]}}]} as unknown as DocumentNode<SearchItemsQuery, SearchItemsQueryVariables>;