import { EmbeddingError, type EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { asPluginError, type EmbeddingModels, loadModel } from './embedding-models.ts';
import type { Ending } from './ending.ts';
import { PluginError } from './errors.ts';
import { pairVectors } from './paired-vectors.ts';
import { PLAIN_PICTURE } from './plain-picture.ts';
import { pause, type Retry } from './retry.ts';
import type { Turns } from './turns.ts';
import type { VectorSpace } from './vector-space.ts';

export interface PatientModelOptions {
  readonly ending: Ending;
  readonly retry: Retry;
  /** Of batches, shared by the embedders of a process. */
  readonly turns: Turns;
}

/** The model of a vector space: loaded when it is needed, and again, after growing pauses, when it has failed. */
export class PatientModel {
  readonly #models: EmbeddingModels;
  readonly #space: VectorSpace;
  readonly #ending: Ending;
  readonly #retry: Retry;
  readonly #turns: Turns;
  #loading: Promise<EmbeddingModel> | undefined;

  constructor(models: EmbeddingModels, space: VectorSpace, { ending, retry, turns }: PatientModelOptions) {
    this.#models = models;
    this.#space = space;
    this.#ending = ending;
    this.#retry = retry;
    this.#turns = turns;
  }

  /** @throws PluginError, or the reason of the ending */
  loaded(): Promise<EmbeddingModel> {
    if (this.#loading !== undefined) return this.#loading;
    const { embeddingFunction, options } = this.#space;
    const loading = this.#patiently(() =>
      loadModel(this.#models, embeddingFunction, options, { signal: this.#ending.stop }),
    );
    this.#loading = loading;
    loading.catch(() => this.#forget(loading));
    return loading;
  }

  /**
   * One turn with the model, which is loaded anew after a call that failed. What is prepared and not
   * embedded is let go of when the call ends, whichever way.
   */
  async use<Result>(call: (model: EmbeddingModel, signal: AbortSignal) => Promise<Result>): Promise<Result> {
    using _turn = await this.#turns.take({ signal: this.#ending.stop });
    const release = new AbortController();
    const loading = this.loaded();
    try {
      return await call(await loading, AbortSignal.any([release.signal, this.#ending.abandon]));
    } catch (error) {
      this.#forget(loading);
      throw error;
    } finally {
      release.abort();
    }
  }

  /** Embeds a plain picture, which tells whether the model or what it was given is at fault. */
  async untilItWorks(): Promise<void> {
    await this.#patiently(() =>
      this.use(async (model, signal) => {
        const vectors = await model.embedImages([await model.prepareImage(PLAIN_PICTURE, { signal })], { signal });
        pairVectors([{}], vectors, model.dimensions);
      }).catch((error: unknown) => {
        if (!isAnswer(error)) throw error;
      }),
    );
  }

  /** The next call gets the model as it is loaded then. */
  renew(): void {
    this.#loading = undefined;
  }

  /** A failure of the model that leaves something to try; any other error is thrown on. */
  recoverable(error: unknown): EmbeddingError {
    const failure = error instanceof PluginError ? error.cause : error;
    if (failure instanceof EmbeddingError && failure.fault !== 'final') return failure;
    throw this.#asPluginError(error);
  }

  #forget(loading: Promise<EmbeddingModel>): void {
    if (this.#loading === loading) this.#loading = undefined;
  }

  /** Calls again, after growing pauses, while what fails may succeed later. */
  async #patiently<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let tried = 1; ; tried++) {
      try {
        return await call();
      } catch (error) {
        const failure = this.recoverable(error);
        if (tried > this.#retry.times) throw this.#asPluginError(failure);
      }
      await pause(tried, this.#retry, this.#ending.stop);
    }
  }

  #asPluginError(error: unknown): unknown {
    const plugin = this.#models.pluginFor(this.#space.embeddingFunction)?.name ?? this.#space.embeddingFunction;
    return asPluginError(error, plugin);
  }
}

/** Whether the model says something of its input, and does not merely fail on it. */
export function isAnswer(error: unknown): error is EmbeddingError {
  return error instanceof EmbeddingError && error.fault === 'input' && error.code !== 'MODEL_FAILED';
}
