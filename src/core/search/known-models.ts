import type { EmbeddingModel } from '../../plugins/embedding-plugin.ts';
import { type EmbeddingModels, loadModel } from '../embedding-models.ts';
import { type ModelName, modelKey } from '../vector-space.ts';

/** What of a model is not known before it has been loaded once, and does not change. */
export type ModelFacts = Pick<EmbeddingModel, 'dimensions' | 'normalized' | 'modalities'>;

/** The models that searches have used. */
export class KnownModels {
  readonly #models: EmbeddingModels;
  readonly #facts = new Map<string, ModelFacts>();

  constructor(models: EmbeddingModels) {
    this.#models = models;
  }

  /** @throws PluginError, or the signal's reason */
  async load(name: ModelName, call: { readonly signal?: AbortSignal | undefined }): Promise<EmbeddingModel> {
    const model = await loadModel(this.#models, name.embeddingFunction, name.options, call);
    this.#facts.set(modelKey(name), model);
    return model;
  }

  /** Null where it was not loaded yet. */
  facts(name: ModelName): ModelFacts | null {
    return this.#facts.get(modelKey(name)) ?? null;
  }

  /** Whether a text query can be put to it, as far as is known before it is loaded. */
  async takesText(name: ModelName): Promise<boolean> {
    const facts = this.facts(name);
    if (facts !== null) return facts.modalities.includes('text');
    const { embeddingFunction, options } = name;
    if (!this.#models.pluginFor(embeddingFunction)?.modalities.includes('text')) return false;
    const location = await this.#models.locate(embeddingFunction, options).catch(() => null);
    return location?.installed ?? false;
  }
}
