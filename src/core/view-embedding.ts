import { isDeepStrictEqual } from 'node:util';
import { checkedOptions, type EmbeddingModels, loadModel, locatedModel } from './embedding-models.ts';

/** What `createTable` needs to make a table of view embeddings: one vector space, by its function. */
export interface ViewEmbeddingSchema {
  readonly tableName: string;
  readonly embeddingFunction: string;
  /** The function's options that were given, and all of them with their defaults. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dimensions: number;
}

export interface CreateSchemaInput {
  /** A LanceDB embedding function, `open-clip` in the tutorial. */
  readonly embeddingFunction: string;
  readonly tableName: string;
  /** The dataset that the table will belong to. */
  readonly dataset: { readonly models: EmbeddingModels };
  /** What differs from the function's defaults, with LanceDB's own names (`name`, `pretrained`, …). */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const ViewEmbedding = {
  /**
   * The schema of a table whose vectors this function makes, as `ViewEmbedding.create_schema` of
   * Pixano. The model is loaded: only then is it known to work with these options.
   * @throws ValidationError, PluginError
   */
  async createSchema(input: CreateSchemaInput): Promise<ViewEmbeddingSchema> {
    const { embeddingFunction, tableName, dataset, options: given = {} } = input;
    const { models } = dataset;
    const asked = await checkedOptions(models, embeddingFunction, given);
    const { pinned = {} } = await locatedModel(models, embeddingFunction, asked);
    const options = { ...asked, ...pinned };
    const { dimensions } = await loadModel(models, embeddingFunction, options, { signal: input.signal });
    return { tableName, embeddingFunction, given: withPinned(given, asked, options), options, dimensions };
  },
};

/** What was given, and what its plugin has added to it. */
function withPinned(
  given: Readonly<Record<string, unknown>>,
  asked: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const added = Object.entries(options).filter(([key, value]) => !isDeepStrictEqual(value, asked[key]));
  return { ...given, ...Object.fromEntries(added) };
}
