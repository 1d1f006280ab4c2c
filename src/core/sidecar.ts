import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from './json-file.ts';
import type { VectorSpace } from './vector-space.ts';

/** The function and the options that a `model_id` stands for. */
export interface NamedModel {
  readonly embeddingFunction: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What each `model_id` stands for that is not the name of a model folder for `open-clip`. */
export type ModelIds = Readonly<Record<string, NamedModel>>;

/** The one table that it is about, whatever its own `table` says: Pixano reads no more. */
export const SIDECAR_TABLE = 'embeddings';

const sidecarShape = z.looseObject({
  model_id: z.string(),
  dim: z.number().int().positive(),
  metric: z.enum(['cosine', 'l2', 'dot']).default('cosine'),
});

/**
 * `embeddings.json` of Pixano 0.8, which says what its table `embeddings` holds: the table itself
 * names no function.
 */
export interface Sidecar {
  readonly modelId: string;
  readonly dimensions: number;
  readonly metric: VectorSpace['distance'];
}

/** Null where there is none; a bad file counts as none, as in Pixano. */
export async function readSidecar(folder: string): Promise<Sidecar | null> {
  const sidecar = await readJson(pathOf(folder), sidecarShape, 'SCHEMA_INVALID').catch(() => null);
  if (sidecar === null) return null;
  const { model_id: modelId, dim: dimensions, metric } = sidecar;
  return { modelId, dimensions, metric };
}

/**
 * Writes it as `create_record_embedding_table` of Pixano 0.8.0 does; `source_view` and
 * `index_type` are what that always says. The metric is the cosine.
 */
export function writeSidecar(folder: string, { modelId, dimensions }: Omit<Sidecar, 'metric'>): Promise<void> {
  return writeJson(pathOf(folder), {
    table: SIDECAR_TABLE,
    model_id: modelId,
    dim: dimensions,
    metric: 'cosine',
    source_view: 'image',
    index_type: 'IVF_PQ',
  });
}

export function removeSidecar(folder: string): Promise<void> {
  return rm(pathOf(folder), { force: true });
}

/** The space of the table's vectors. */
export function sidecarSpace({ modelId, metric }: Sidecar, modelIds: ModelIds): VectorSpace {
  return { ...modelOf(modelId, modelIds), distance: metric, vectorColumn: 'vector', sourceColumn: null };
}

/** `model_id` is the name of a model folder, taken by `open-clip`, unless the configuration says otherwise. */
export function modelOf(modelId: string, modelIds: ModelIds): NamedModel {
  const named = Object.hasOwn(modelIds, modelId) ? modelIds[modelId] : undefined;
  return named ?? { embeddingFunction: 'open-clip', options: { name: modelId } };
}

function pathOf(folder: string): string {
  return join(folder, 'embeddings.json');
}
