import { isDeepStrictEqual } from 'node:util';
import { Index } from '@lancedb/lancedb';
import { arrow } from './arrow.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import { type CreateTableInput, checkMadeFor, type TableOwner, taken } from './embedding-table-creation.ts';
import { ConflictError, ValidationError } from './errors.ts';
import { type ModelIds, modelOf, readSidecar, removeSidecar, writeSidecar } from './sidecar.ts';
import type { ViewEmbeddingSchema } from './view-embedding.ts';

/** What a sidecar has no words for beside the model itself. */
const NAMES_OF_MODELS = ['name', 'pretrained'];

/**
 * Makes the table `embeddings` as Pixano 0.8.0 keeps it, one vector a record, and then, last, its
 * sidecar `embeddings.json`: where that is missing Pixano takes the dataset for one without
 * embeddings, so what a crash leaves between the two harms nobody, and asking again finishes it.
 * @throws ValidationError, ConflictError
 */
export async function createRecordEmbeddings(dataset: TableOwner, input: CreateTableInput): Promise<void> {
  const { name, schema, mode = 'create', existOk = false } = input;
  const { path, layout, store } = dataset;
  checkMadeFor(name, schema);
  const modelId = await modelIdOf(dataset, schema);
  await layout.asWriter(async () => {
    const onDisk = await store.folder.holds(name);
    if (onDisk && mode === 'create') {
      const sidecar = await readSidecar(path);
      if (sidecar !== null) {
        if (!existOk) throw taken(dataset, name);
        if (sidecar.modelId !== modelId || sidecar.dimensions !== schema.dimensions) throw ofAnother(sidecar.modelId);
        return;
      }
      const rows = await store.count(name);
      if (rows > 0) throw unknown(rows);
    }
    // While the table changes, nothing says what it holds.
    await removeSidecar(path);
    const fields = new arrow.Schema(layout.embeddingFields(schema.dimensions));
    const table = await store.create(name, fields, { overwrite: onDisk });
    await table.createIndex(layout.itemIdColumn, { config: Index.btree() });
    await writeSidecar(path, { modelId, dimensions: schema.dimensions });
  });
}

/**
 * The one text by which the sidecar can name the function and its options.
 * @throws ValidationError where there is none
 */
async function modelIdOf(
  { models, modelIds }: { readonly models: EmbeddingModels; readonly modelIds: ModelIds },
  schema: ViewEmbeddingSchema,
): Promise<string> {
  const { name } = await models.locate(schema.embeddingFunction, schema.options);
  for (const modelId of [...Object.keys(modelIds), name]) {
    if (await standsFor(modelId, { models, modelIds }, schema, name)) return modelId;
  }
  throw ValidationError.at(
    'options',
    'Pixano 0.8 keeps no more of the table "embeddings" than the name of a model folder for open-clip: ' +
      `${schema.embeddingFunction} ${JSON.stringify(schema.given)} cannot be told by it. Choose another name for the ` +
      'table, or give this function and its options a name of their own in the configuration ("modelIds").',
  );
}

async function standsFor(
  modelId: string,
  { models, modelIds }: { readonly models: EmbeddingModels; readonly modelIds: ModelIds },
  { embeddingFunction, options }: ViewEmbeddingSchema,
  located: string,
): Promise<boolean> {
  const named = modelOf(modelId, modelIds);
  if (named.embeddingFunction !== embeddingFunction) return false;
  const parsed = await models.parseOptions(embeddingFunction, named.options);
  if (parsed.issues !== undefined) return false;
  const location = await models.locate(embeddingFunction, parsed.value);
  const meant = (location.installed ? location.pinned : undefined) ?? parsed.value;
  return location.name === located && isDeepStrictEqual(withoutNames(meant), withoutNames(options));
}

function withoutNames(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !NAMES_OF_MODELS.includes(key)));
}

function ofAnother(modelId: string): ConflictError {
  return new ConflictError(
    'CONFLICT',
    `The table "embeddings" holds vectors of the model "${modelId}", as its embeddings.json says. ` +
      'A table never holds two vector spaces: overwrite it, or choose another name.',
  );
}

function unknown(rows: number): ConflictError {
  return new ConflictError(
    'CONFLICT',
    `The table "embeddings" holds ${rows} vectors, and no embeddings.json says of which model: overwrite it, or choose another name.`,
  );
}
