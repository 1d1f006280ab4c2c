import { EmbeddingError, type EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { asPluginError, type EmbeddingModels, loadModel } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { ValidationError } from './errors.ts';
import type { Items } from './items.ts';
import { type SearchHit, searchVectors } from './vector-search.ts';
import { checkPage, type Views } from './views.ts';

/** What to look for: a text, or the bytes of a picture file. */
export type SearchQuery = { readonly text: string } | { readonly image: Uint8Array };

export interface SearchInput {
  /** The dataset's only embedding table where it is left out. */
  readonly table?: string | undefined;
  readonly query: SearchQuery;
  readonly limit: number;
  readonly offset?: number | undefined;
  /** ITEM, which is the default: each item once, at its nearest view. */
  readonly groupBy?: 'ITEM' | 'VIEW' | undefined;
  readonly maxDistance?: number | undefined;
}

export interface SearchAnswer {
  readonly table: EmbeddingTable;
  readonly hits: readonly SearchHit[];
  readonly hasMore: boolean;
  readonly explain: SearchExplain;
}

/** How an answer was found. */
export interface SearchExplain {
  /** Every row was compared. */
  readonly exact: boolean;
  /** Rows compared. */
  readonly candidates: number;
  /** Milliseconds for the query's own vector, for the comparison, and for reading items and views. */
  readonly embedMs: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}

/** What a search needs of a dataset. */
export interface Searchable {
  readonly name: string;
  readonly items: Items;
  readonly views: Views;
  readonly models: EmbeddingModels;
  embeddingTable(name: string): Promise<EmbeddingTable>;
  embeddingTables(): Promise<EmbeddingTable[]>;
}

/** @throws ValidationError, NotFoundError, PluginError */
export async function search(
  dataset: Searchable,
  input: SearchInput,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<SearchAnswer> {
  const { query, limit, offset = 0, groupBy = 'ITEM', maxDistance } = input;
  checkPage({ limit, offset });
  const table = input.table === undefined ? await onlyTable(dataset) : await dataset.embeddingTable(input.table);
  const started = performance.now();
  const { vector, normalized } = await embedQuery(dataset, table, query, signal);
  const embedMs = performance.now() - started;
  const page = await searchVectors(table, { vector, normalized, groupBy, limit, offset, maxDistance }, dataset);
  const { hits, hasMore, candidates, searchMs, fetchMs } = page;
  return { table, hits, hasMore, explain: { exact: true, candidates, embedMs, searchMs, fetchMs } };
}

async function onlyTable(dataset: Searchable): Promise<EmbeddingTable> {
  const tables = await dataset.embeddingTables();
  const [table] = tables;
  if (table !== undefined && tables.length === 1) return table;
  const message =
    table === undefined
      ? `The dataset "${dataset.name}" has no embedding table yet: make one and compute it first.`
      : `The dataset "${dataset.name}" has several embedding tables (${tables.map((each) => each.name).join(', ')}): name one.`;
  throw ValidationError.at('table', message);
}

async function embedQuery(
  dataset: Searchable,
  table: EmbeddingTable,
  query: SearchQuery,
  signal: AbortSignal | undefined,
): Promise<{ vector: Float32Array; normalized: boolean }> {
  const { embeddingFunction, options } = table.space;
  const model = await loadModel(dataset.models, embeddingFunction, options, { signal });
  if (model.dimensions !== table.dimensions) {
    const message = `The vectors of table "${table.name}" have ${table.dimensions} dimensions, those of its model ${model.dimensions}.`;
    throw new ValidationError([{ path: ['table'], message }], { code: 'DIMENSION_MISMATCH' });
  }
  const modality = 'text' in query ? 'text' : 'image';
  if (!model.modalities.includes(modality)) {
    throw ValidationError.at('query', `The model of table "${table.name}" cannot embed a ${modality}.`);
  }
  try {
    const [vector] =
      'text' in query
        ? await model.embedTexts([query.text], { signal })
        : await embedPicture(model, query.image, signal);
    if (vector === undefined) throw new Error('The model gave no vector for the query.');
    return { vector, normalized: model.normalized };
  } catch (error) {
    if (error instanceof EmbeddingError && error.fault === 'input') throw ValidationError.at('query', error.message);
    throw asPluginError(error, embeddingFunction);
  }
}

async function embedPicture(
  model: EmbeddingModel,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  // What is prepared and not embedded is let go of when this ends, whichever way.
  const release = new AbortController();
  const either = signal === undefined ? release.signal : AbortSignal.any([signal, release.signal]);
  try {
    return await model.embedImages([await model.prepareImage(bytes, { signal: either })], { signal });
  } finally {
    release.abort();
  }
}
