import { EmbeddingError } from '../../plugins/embedding-plugin.ts';
import { asPluginError, type EmbeddingModels } from '../embedding-models.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { MediaError } from '../media.ts';
import type { RemoteMedia } from '../remote-media.ts';
import { vectorBatches, vectorsOf } from '../vector-batches.ts';
import type { View, ViewKey } from '../view.ts';
import type { Views } from '../views.ts';
import type { QueryVector } from './candidate.ts';
import type { ModelFacts } from './known-models.ts';
import { embedPicture } from './picture-vector.ts';
import type { SearchQuery } from './query.ts';
import { queryModelsOf } from './query-models.ts';
import { NoTextTowerError } from './text-vectors.ts';

/** What a query is compared with needs of a dataset. */
export interface Queryable {
  readonly name: string;
  readonly views: Views;
  readonly models: EmbeddingModels;
  readonly remote: RemoteMedia;
  embeddingTables(): Promise<EmbeddingTable[]>;
}

export interface EmbeddedQuery extends QueryVector {
  /** The view that the query is. */
  readonly view: View | null;
}

/** Characters of a text to look for: models read the first few hundred, and go through all of them for it. */
const LONGEST_TEXT = 10_000;

/** Beyond such a length single floats do not hold the squared distance, and below its inverse not the squared length. */
const LONGEST_VECTOR = 1e18;

/** Bytes and milliseconds that a picture of a query may take on its way. */
const REMOTE = { largest: 32 * 1024 * 1024, timeoutMs: 10_000 };

interface Context {
  readonly dataset: Queryable;
  readonly table: EmbeddingTable;
  readonly signal: AbortSignal | undefined;
}

/**
 * The vector of a query in the space of a table.
 * @throws ValidationError with a path below `query`, NotFoundError, PluginError, or the signal's reason
 */
export async function embedQuery(query: SearchQuery, context: Context): Promise<EmbeddedQuery> {
  if ('text' in query) return { ...(await ofText(query.text, context)), view: null };
  if ('image' in query) return { ...(await ofPicture(query.image, 'image', context)), view: null };
  if ('imageUrl' in query) {
    const bytes = await fetchPicture(query.imageUrl, context);
    return { ...(await ofPicture(bytes, 'imageUrl', context)), view: null };
  }
  if ('view' in query) return ofView(query.view, context);
  return { ...ofVector(query.vector, context), view: null };
}

async function ofText(text: string, { dataset, table, signal }: Context): Promise<QueryVector> {
  if (text.length > LONGEST_TEXT) {
    throw ValidationError.at('query.text', `A text may have ${LONGEST_TEXT} characters, and not ${text.length}.`);
  }
  const { known, texts } = queryModelsOf(dataset.models);
  try {
    const vector = await texts.of(table.space, text, signal);
    const facts = known.facts(table.space);
    if (facts !== null) checkDimensions(facts, table);
    return { vector, normalized: facts?.normalized ?? null };
  } catch (error) {
    if (error instanceof NoTextTowerError) throw await noTextTower({ dataset, table });
    throw asQueryError(error, 'text', table);
  }
}

async function ofPicture(
  bytes: Uint8Array,
  path: 'image' | 'imageUrl' | 'view',
  { dataset, table, signal }: Context,
): Promise<QueryVector> {
  const model = await queryModelsOf(dataset.models).known.load(table.space, { signal });
  checkDimensions(model, table);
  if (!model.modalities.includes('image')) {
    throw ValidationError.at(`query.${path}`, `The model of table "${table.name}" cannot embed a picture.`);
  }
  try {
    return { vector: await embedPicture(model, bytes, signal), normalized: model.normalized };
  } catch (error) {
    throw asQueryError(error, path, table);
  }
}

async function fetchPicture(address: string, { dataset, signal }: Context): Promise<Uint8Array> {
  try {
    if (!/^https?:/i.test(address)) throw new MediaError('MEDIA_FORBIDDEN', 'It must be an http or https address.');
    return await dataset.remote.read(address, { ...REMOTE, signal });
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    throw new ValidationError([{ path: ['query', 'imageUrl'], message: cause.message }], { cause });
  }
}

/** As it is stored; where the table does not have it, as the model makes it of the view's picture. */
async function ofView(key: ViewKey, context: Context): Promise<EmbeddedQuery> {
  const { dataset, table, signal } = context;
  const [view] = await dataset.views.byKeys([key], { signal });
  if (!view) throw new NotFoundError(`The dataset "${dataset.name}" has no view "${key.id}" in "${key.table}".`);
  const vector = await storedVector(table, view, signal);
  const { known } = queryModelsOf(dataset.models);
  if (vector !== null) return { vector, normalized: known.facts(table.space)?.normalized ?? null, view };
  try {
    return { ...(await ofPicture(await dataset.views.read(view, { signal }), 'view', context)), view };
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    throw new ValidationError([{ path: ['query', 'view'], message: cause.message }], { cause });
  }
}

/** Null where there is none, or none that has a direction. */
async function storedVector(
  table: EmbeddingTable,
  view: View,
  signal: AbortSignal | undefined,
): Promise<Float32Array | null> {
  for await (const batch of vectorBatches(table, { where: table.layout.whereViews([view]), limit: 1, signal })) {
    const vector = vectorsOf(batch, table)(0);
    if (batch.numRows > 0 && vector.length > 0 && hasDirection(vector)) return vector.slice();
  }
  return null;
}

function ofVector(numbers: readonly number[] | Float32Array, { dataset, table }: Context): QueryVector {
  const { dimensions, name, space } = table;
  if (numbers.length !== dimensions) {
    const message = `The vectors of table "${name}" have ${dimensions} dimensions, that of the query ${numbers.length}.`;
    throw new ValidationError([{ path: ['query', 'vector'], message }], { code: 'DIMENSION_MISMATCH' });
  }
  const vector = Float32Array.from(numbers);
  if (!vector.every(Number.isFinite)) {
    throw ValidationError.at('query.vector', 'Each number of a vector must be finite, as a single float.');
  }
  if (lengthOf(vector) > LONGEST_VECTOR) {
    throw ValidationError.at('query.vector', `A vector may have a length of ${LONGEST_VECTOR}, and no more.`);
  }
  if (space.distance === 'cosine' && lengthOf(vector) < 1 / LONGEST_VECTOR) {
    const message = `A vector of zeros has no direction, and the table "${name}" compares directions.`;
    throw ValidationError.at('query.vector', message);
  }
  // Of the table's own vectors more may be known; of this one it is not.
  const normalized = queryModelsOf(dataset.models).known.facts(space)?.normalized === true && hasLengthOne(vector);
  return { vector, normalized };
}

function checkDimensions({ dimensions }: ModelFacts, table: EmbeddingTable): void {
  if (dimensions === table.dimensions) return;
  const message = `The vectors of table "${table.name}" have ${table.dimensions} dimensions, those of its model ${dimensions}.`;
  throw new ValidationError([{ path: ['table'], message }], { code: 'DIMENSION_MISMATCH' });
}

async function noTextTower({ dataset, table }: Omit<Context, 'signal'>): Promise<ValidationError> {
  const { known } = queryModelsOf(dataset.models);
  const others = (await dataset.embeddingTables()).filter((each) => each.name !== table.name);
  const able: string[] = [];
  for (const { name, space } of others) if (await known.takesText(space)) able.push(`"${name}"`);
  const which =
    able.length === 0 ? 'no other table of the dataset has one that does' : `those of ${able.join(', ')} do`;
  return ValidationError.at('query.text', `The model of table "${table.name}" takes no text; ${which}.`);
}

/** What is wrong with the input is said of it; the rest is the model's. */
function asQueryError(error: unknown, path: string, { space }: EmbeddingTable): unknown {
  if (error instanceof EmbeddingError && error.fault === 'input') {
    return new ValidationError([{ path: ['query', path], message: error.message }], { cause: error });
  }
  return asPluginError(error, space.embeddingFunction);
}

function hasDirection(vector: Float32Array): boolean {
  const length = lengthOf(vector);
  return length > 0 && Number.isFinite(length);
}

function hasLengthOne(vector: Float32Array): boolean {
  return Math.abs(lengthOf(vector) - 1) < 1e-5;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
