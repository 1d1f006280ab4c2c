import { isDeepStrictEqual } from 'node:util';
import { arrow } from './arrow.ts';
import { type EmbeddingModels, pinnedOptions } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { ConflictError, ValidationError } from './errors.ts';
import type { Layout } from './layout.ts';
import type { SchemaRelation } from './schema-relation.ts';
import type { ModelIds } from './sidecar.ts';
import type { TableStore } from './table-store.ts';
import { vectorSpaceMetadata } from './vector-space.ts';
import type { ViewEmbeddingSchema } from './view-embedding.ts';

/** What a file system takes as a folder's name, with ".lance" behind it and some room. */
const LONGEST_NAME = 200;

export interface CreateTableInput {
  readonly name: string;
  readonly schema: ViewEmbeddingSchema;
  /** Of the table to the items. */
  readonly relation: SchemaRelation;
  /** `overwrite` empties a table that is there, and may change its function. */
  readonly mode?: 'create' | 'overwrite' | undefined;
  /** With `create`: a table that is there with the same function and options is left as it is. */
  readonly existOk?: boolean | undefined;
}

/** What making a table needs of the dataset that will have it. */
export interface TableOwner {
  readonly id: string;
  readonly name: string;
  /** The dataset's folder. */
  readonly path: string;
  readonly layout: Layout;
  readonly store: TableStore;
  readonly models: EmbeddingModels;
  readonly modelIds: ModelIds;
  findEmbeddingTable(name: string): Promise<EmbeddingTable | null>;
}

/**
 * Makes an empty embedding table in the folders and files of a dataset.
 * @throws ValidationError, ConflictError
 */
export async function createEmbeddingTable(dataset: TableOwner, input: CreateTableInput): Promise<void> {
  const { name, schema, relation, mode = 'create', existOk = false } = input;
  const { layout, store } = dataset;
  if (name.length > LONGEST_NAME) {
    throw ValidationError.at('name', `A table's name has at most ${LONGEST_NAME} characters, not ${name.length}.`);
  }
  // The folder above, to Lance.
  if (name === '.' || name === '..') throw ValidationError.at('name', `"${name}" cannot name a table.`);
  layout.checkTableName(name);
  checkMadeFor(name, schema);
  if (!['EMBEDDING', 'OTHER'].includes(layout.groupOf(name))) throw notOfEmbeddings(name);
  const onDisk = await store.folder.holds(name);
  if (onDisk && mode === 'create') {
    if (await canStay(dataset, input, existOk)) return;
  } else {
    if (onDisk && (await dataset.findEmbeddingTable(name)) === null) throw notOfEmbeddings(name);
    const metadata = vectorSpaceMetadata(
      { datasetId: dataset.id, table: name },
      schema.embeddingFunction,
      layout.statesDefaults ? schema.options : schema.given,
      layout.sourceColumn,
    );
    const lanceSchema = new arrow.Schema(layout.embeddingFields(schema.dimensions), metadata);
    const create = layout.asWriter(() => store.create(name, lanceSchema, { overwrite: onDisk }));
    await create.catch((cause) => {
      // Another process was quicker.
      if (/already exists/i.test(String(cause))) throw taken(dataset, name, { cause });
      throw cause;
    });
  }
  await layout.registerEmbeddingTable(name, schema.dimensions, relation);
}

/** @throws ValidationError */
export function checkMadeFor(name: string, { tableName }: ViewEmbeddingSchema): void {
  if (tableName === name) return;
  throw ValidationError.at('schema', `The schema was made for a table "${tableName}" and not for "${name}".`);
}

/**
 * Whether the table that is there is the one that is asked for. One that its layout does not know
 * yet is what a crash left between the table and its registration: creating it is finished.
 * @returns true where nothing is left to do
 */
async function canStay(dataset: TableOwner, { name, schema }: CreateTableInput, existOk: boolean): Promise<boolean> {
  const existing = await dataset.findEmbeddingTable(name);
  if (existing === null) throw taken(dataset, name);
  const registered = await dataset.layout.knows(name);
  if (!existOk && registered) throw taken(dataset, name);
  if (!(await isInSpaceOf(schema, existing, dataset.models))) {
    const { embeddingFunction, options } = existing.space;
    throw new ConflictError(
      'CONFLICT',
      `The table "${name}" is there with another function or other options (${embeddingFunction} ${JSON.stringify(options)}). ` +
        'A table never holds two vector spaces: choose another name.',
    );
  }
  return registered;
}

async function isInSpaceOf(
  schema: ViewEmbeddingSchema,
  { space, dimensions }: EmbeddingTable,
  models: EmbeddingModels,
) {
  if (space.embeddingFunction !== schema.embeddingFunction || dimensions !== schema.dimensions) return false;
  const options = await models.parseOptions(space.embeddingFunction, space.options);
  if (options.issues !== undefined) return false;
  const { embeddingFunction } = space;
  return isDeepStrictEqual(await pinnedOptions(models, embeddingFunction, options.value), schema.options);
}

function notOfEmbeddings(name: string): ConflictError {
  return new ConflictError('CONFLICT', `"${name}" is a table of this dataset that holds no embeddings; it is kept.`);
}

export function taken(dataset: TableOwner, name: string, options?: ErrorOptions): ConflictError {
  return new ConflictError('CONFLICT', `The dataset "${dataset.name}" already has a table "${name}".`, options);
}
