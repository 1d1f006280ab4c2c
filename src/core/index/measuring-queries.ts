import type { Table } from '@lancedb/lancedb';
import type { EmbeddingModel } from '../../plugins/embedding-plugin.ts';
import { asPluginError, type EmbeddingModels, loadModel } from '../embedding-models.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import { spreadPositions } from '../verification-scan.ts';
import { CAPTIONS } from './captions.ts';

/** Queries by which recall is measured. */
export const QUERIES = 200;
/** Of those, the most that are texts which people searched for lately. */
export const RECENT = 100;

export interface MeasuringQuery {
  readonly vector: Float32Array;
  /** Lance's id of the row that it is the vector of; that row is no answer to it. */
  readonly rowId: bigint | null;
}

export interface MeasuringQueries {
  readonly kind: 'TEXTS' | 'ROWS';
  /** Whether it is known if the table's model takes texts. */
  readonly modelKnown: boolean;
  readonly queries: readonly MeasuringQuery[];
}

/** Whether the model of a table is here, for all that is known before it is loaded. */
export async function isModelHere(table: EmbeddingTable, models: EmbeddingModels): Promise<boolean> {
  const { embeddingFunction, options } = table.space;
  const plugin = models.pluginFor(embeddingFunction);
  if (!plugin || !(await plugin.availability()).available) return false;
  const location = await models.locate(embeddingFunction, options).catch(() => null);
  if (!location?.installed) return false;
  return location.dimensions === null || location.dimensions === table.dimensions;
}

/**
 * What people may ask: texts, where the model takes them, for their vectors lie elsewhere than those of pictures and
 * are harder for an index; otherwise vectors of the table.
 * @param snapshot the table, at one version
 * @param recent texts that were searched for, newest first
 * @throws PluginError where the model is here and fails, or the signal's reason
 */
export async function measuringQueries(
  table: EmbeddingTable,
  snapshot: Table,
  { models, recent, signal }: { models: EmbeddingModels; recent: readonly string[]; signal?: AbortSignal | undefined },
): Promise<MeasuringQueries> {
  const { embeddingFunction, options } = table.space;
  const here = await isModelHere(table, models);
  const model = here ? await loadModel(models, embeddingFunction, options, { signal }) : null;
  const modelKnown = model?.dimensions === table.dimensions;
  if (model === null || !modelKnown || !model.modalities.includes('text')) {
    return { kind: 'ROWS', modelKnown, queries: await rowQueries(table, snapshot) };
  }
  const asked = recent.slice(0, RECENT);
  const texts = [...asked, ...spread(CAPTIONS, QUERIES - asked.length)];
  const vectors = await embedTexts(model, texts, signal).catch((error: unknown) => {
    throw asPluginError(error, embeddingFunction);
  });
  return {
    kind: 'TEXTS',
    modelKnown,
    queries: vectors.map((vector) => ({ vector, rowId: null })).filter(hasDirection),
  };
}

async function embedTexts(model: EmbeddingModel, texts: readonly string[], signal: AbortSignal | undefined) {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += model.maxBatch.text) {
    signal?.throwIfAborted();
    vectors.push(...(await model.embedTexts(texts.slice(start, start + model.maxBatch.text), { signal })));
  }
  return vectors;
}

async function rowQueries(table: EmbeddingTable, snapshot: Table): Promise<MeasuringQuery[]> {
  const { vectorColumn } = table.space;
  const positions = spreadPositions(await snapshot.countRows(), QUERIES);
  if (positions.length === 0) return [];
  const found = await snapshot.takeOffsets(positions).select([vectorColumn]).withRowId().toArrow();
  const vectors = found.getChild(vectorColumn);
  const rowIds = found.getChild('_rowid');
  return Array.from({ length: found.numRows }, (_, index) => {
    const vector = vectors?.get(index)?.toArray();
    const query = { vector: vector instanceof Float32Array ? vector : new Float32Array(0), rowId: rowIds?.get(index) };
    return { ...query, rowId: typeof query.rowId === 'bigint' ? query.rowId : null };
  }).filter(hasDirection);
}

/** Of another vector no distance is a number. */
function hasDirection({ vector }: MeasuringQuery): boolean {
  return vector.length > 0 && vector.every(Number.isFinite) && vector.some((component) => component !== 0);
}

function spread(texts: readonly string[], count: number): string[] {
  return spreadPositions(texts.length, count).map((position) => texts[position] ?? '');
}
