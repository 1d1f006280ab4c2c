import { setImmediate as nextTurn } from 'node:timers/promises';
import DataLoader from 'dataloader';
import { LRUCache } from 'lru-cache';
import { EmbeddingError, type EmbeddingModel } from '../../plugins/embedding-plugin.ts';
import { abortable } from '../abortable.ts';
import { type ModelName, modelKey } from '../vector-space.ts';
import type { KnownModels } from './known-models.ts';
import { Waiting } from './waiting.ts';

/** Bytes that the kept vectors may take, about. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A model that was asked for the vector of a text, and takes none. */
export class NoTextTowerError extends Error {}

/** A text that nobody waited for any more when its turn came. */
class AbandonedError extends Error {}

/** Vectors of query texts: those that are asked for again are kept, and those that come at once share a call of the model. */
export class TextVectors {
  readonly #known: KnownModels;
  readonly #loaders = new LRUCache<string, DataLoader<string, Float32Array, string>>({ max: 64 });
  readonly #vectors = new LRUCache<string, Promise<Float32Array>>({
    maxSize: MOST_BYTES,
    // Of a vector that is on its way the length is not known yet: that of the largest models in use.
    sizeCalculation: (_vector, key) => key.length * 2 + 4 * 1536,
  });

  readonly #waiting = new Waiting();

  constructor(known: KnownModels) {
    this.#known = known;
  }

  /**
   * Not to be changed: it is the same one for all who ask.
   * @throws NoTextTowerError, EmbeddingError, PluginError, or the signal's reason
   */
  async of(name: ModelName, text: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    signal?.throwIfAborted();
    const loader = this.#loader(name);
    const vector = loader.load(text);
    // A text that was refused, or a model that failed, may be asked again.
    vector.catch(() => loader.clear(text));
    const key = modelKey(name) + text;
    const leave = this.#waiting.join(key);
    try {
      return await abortable(vector, signal);
    } finally {
      leave();
      // Who asks from now on does not wait for what is ended, for nobody waited for it.
      if (signal?.aborted && !this.#waiting.has(key)) loader.clear(text);
    }
  }

  #loader(name: ModelName): DataLoader<string, Float32Array, string> {
    const space = modelKey(name);
    const known = this.#loaders.get(space);
    if (known !== undefined) return known;
    let busy: Promise<unknown> = Promise.resolve();
    const loader = new DataLoader<string, Float32Array, string>(
      (texts) => {
        const vectors = this.#embed(name, texts);
        busy = vectors.catch(() => {});
        return vectors;
      },
      {
        cacheKeyFn: (text) => space + text,
        cacheMap: this.#vectors,
        // While the model is at work, those who come after wait together.
        batchScheduleFn: (dispatch) => void busy.then(() => nextTurn()).then(dispatch),
      },
    );
    this.#loaders.set(space, loader);
    return loader;
  }

  /** Of the texts that somebody waits for. */
  async #embed(name: ModelName, texts: readonly string[]): Promise<(Float32Array | Error)[]> {
    const space = modelKey(name);
    const wanted = texts.filter((text) => this.#waiting.has(space + text));
    const keys = wanted.map((text) => space + text);
    const vectors = await this.#waiting.during(keys, async (signal) => {
      const model = wanted.length === 0 ? null : await this.#known.load(name, {});
      return model === null ? [] : embedAll(model, wanted, signal);
    });
    const byText = new Map(wanted.map((text, index) => [text, vectors[index]]));
    return texts.map((text) => byText.get(text) ?? new AbandonedError());
  }
}

async function embedAll(model: EmbeddingModel, texts: readonly string[], signal: AbortSignal) {
  if (!model.modalities.includes('text')) throw new NoTextTowerError();
  const vectors: (Float32Array | Error)[] = [];
  const most = Math.max(1, model.maxBatch.text);
  for (let start = 0; start < texts.length; start += most) {
    vectors.push(...(await embedTexts(model, texts.slice(start, start + most), signal)));
  }
  return vectors;
}

/** One text that the model refuses is no fault of those that came with it. */
async function embedTexts(
  model: EmbeddingModel,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<(Float32Array | Error)[]> {
  try {
    return await model.embedTexts(texts, { signal });
  } catch (error) {
    if (texts.length === 1 || !(error instanceof EmbeddingError && error.fault === 'input')) throw error;
  }
  const vectors: (Float32Array | Error)[] = [];
  for (const text of texts) vectors.push(...(await embedTexts(model, [text], signal).catch(asError)));
  return vectors;
}

function asError(error: unknown): [Error] {
  return [error instanceof Error ? error : new Error(String(error))];
}
