import type { EmbeddingModels } from '../embedding-models.ts';
import { KnownModels } from './known-models.ts';
import { TextVectors } from './text-vectors.ts';

/** What searches have learnt of the models, for all datasets that share them. */
export interface QueryModels {
  readonly known: KnownModels;
  readonly texts: TextVectors;
}

const ofModels = new WeakMap<EmbeddingModels, QueryModels>();

export function queryModelsOf(models: EmbeddingModels): QueryModels {
  const made = ofModels.get(models);
  if (made !== undefined) return made;
  const known = new KnownModels(models);
  const queryModels = { known, texts: new TextVectors(known) };
  ofModels.set(models, queryModels);
  return queryModels;
}
