import { availableParallelism, cpus, totalmem } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { EmbeddingModel, EmbeddingPlugin, ImageRuns } from '../plugins/embedding-plugin.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { ImageEmbedder } from './image-embedder.ts';
import { fastestRuns, type PaceOfRuns } from './image-runs-trial.ts';
import type { StateFolder } from './state-folder.ts';
import type { VectorSpace } from './vector-space.ts';
import { measurePace, USUAL_BATCH } from './warm-up.ts';
import { type Measured, WarmUpRecord } from './warm-up-record.ts';

/** With fewer pictures to do, measuring takes longer than it saves. */
const WORTH_MEASURING = 256;
/** Seconds that a job must take for other runs to be tried, each of which takes some seconds. */
const WORTH_TRYING = 120;
/** With fewer threads there is nothing to choose: see docs/decisions/0006. */
const THREADS_TO_CHOOSE = 4;
/** Milliseconds that all trials may take. */
const TRIALS_MS = 20_000;
/** Each is loaded beside the model that is in use. */
const MEMORY_LEFT = 1 / 4;

/** What a person has chosen: then it is not measured. */
export interface GivenPace {
  readonly batch?: number | undefined;
  readonly threads?: number | undefined;
}

/**
 * How many pictures a call of each model has, and how many calls run at once on how many threads: measured when a job
 * has enough to do, once on each machine, and kept beside the library.
 */
export class WarmUps {
  readonly #record: WarmUpRecord;
  readonly #models: EmbeddingModels;
  readonly #given: GivenPace;

  constructor(state: StateFolder, models: EmbeddingModels, given: GivenPace = {}) {
    this.#record = new WarmUpRecord(state);
    this.#models = models;
    this.#given = given;
  }

  /** Has models loaded as it was measured on this machine. */
  async prescribe(): Promise<void> {
    if (this.#given.threads !== undefined) return;
    for (const { of, imageRuns } of await this.#record.all()) {
      const plugin = this.#models.pluginFor(of.function);
      if (!imageRuns || plugin === undefined || !isDeepStrictEqual({ ...of, ...this.#here(plugin) }, of)) continue;
      // Options that the plugin does not take any more are for the table's next use to tell.
      await this.#models.prefer(of.function, of.options, imageRuns).catch(() => {});
    }
  }

  /**
   * Pictures a call; null where that, or how the model runs, is to be measured first.
   * @param todo pictures that the job has to do
   * @throws PluginError, or the reason of the embedder's ending
   */
  async batchFor(space: VectorSpace, embedder: ImageEmbedder, todo: number): Promise<number | null> {
    const model = await embedder.model();
    const plugin = this.#models.pluginFor(space.embeddingFunction);
    const most = model.maxBatch.image;
    const usual = Math.min(this.#given.batch ?? USUAL_BATCH, most);
    const isChosen = this.#given.batch !== undefined || most <= 1;
    // How fast a server answers is a matter of all who ask it.
    if (plugin === undefined || plugin.remote || (isChosen && !this.#hasChoice(model))) return usual;
    const kept = await this.#record.find(this.#key(space, plugin, model));
    if (kept === undefined) return todo < WORTH_MEASURING ? usual : null;
    if (kept.imageRuns === undefined && this.#isWorthTrying(model, kept.speed, todo)) return null;
    await this.#apply(space, embedder, kept.imageRuns ?? undefined);
    return this.#given.batch === undefined ? Math.min(kept.batch, most) : usual;
  }

  /** Measures what is not known yet. @throws PluginError, or the reason of the embedder's ending */
  async measure(space: VectorSpace, embedder: ImageEmbedder, todo: number): Promise<number> {
    const measured = await embedder.trial(async (model, signal) => {
      // Another job may have done it while this one waited for the model.
      const known = await this.batchFor(space, embedder, todo);
      return known === null ? this.#measure(space, model, todo, signal) : { batch: known };
    });
    const model = await embedder.model();
    if (measured === null) return Math.min(this.#given.batch ?? USUAL_BATCH, model.maxBatch.image);
    if ('imageRuns' in measured) await this.#apply(space, embedder, measured.imageRuns ?? undefined);
    return measured.batch;
  }

  async #measure(space: VectorSpace, model: EmbeddingModel, todo: number, signal: AbortSignal): Promise<Measured> {
    const plugin = this.#models.pluginFor(space.embeddingFunction);
    if (plugin === undefined) throw new Error(`There is no plugin for ${space.embeddingFunction}.`);
    const of = this.#key(space, plugin, model);
    const { batch } = this.#given;
    const pace = await measurePace(model, { signal, batch });
    const { imageRuns } = model;
    if (imageRuns === undefined || !this.#isWorthTrying(model, pace.speed, todo)) {
      const measured = { of, ...pace };
      await this.#record.keep(measured);
      return measured;
    }
    const usual = { ...pace, imageRuns };
    const best = await fastestRuns(usual, this.#trials(space, signal));
    const { batch: fastest, speed } = best;
    const measured = { of, batch: fastest, speed, imageRuns: best === usual ? null : best.imageRuns };
    await this.#record.keep(measured);
    return measured;
  }

  /** Loads the model with other runs, beside the one that answers searches meanwhile. */
  #trials({ embeddingFunction, options }: VectorSpace, signal: AbortSignal) {
    const budget = AbortSignal.any([signal, AbortSignal.timeout(TRIALS_MS)]);
    const { batch } = this.#given;
    return async (imageRuns: ImageRuns): Promise<PaceOfRuns | null> => {
      if (process.availableMemory() < totalmem() * MEMORY_LEFT) return null;
      try {
        const call = { signal: budget };
        await using model = await this.#models.loadApart(embeddingFunction, options, imageRuns, call);
        const pace = await measurePace(model, { ...call, batch });
        return { ...pace, imageRuns: model.imageRuns ?? imageRuns };
      } catch {
        signal.throwIfAborted();
        // It takes too long, or more memory than there is: then the runs that are known must do.
        return null;
      }
    };
  }

  async #apply(space: VectorSpace, embedder: ImageEmbedder, imageRuns: ImageRuns | undefined): Promise<void> {
    if (this.#given.threads !== undefined) return;
    await this.#models.prefer(space.embeddingFunction, space.options, imageRuns);
    embedder.renewModel();
  }

  #isWorthTrying(model: EmbeddingModel, speed: number, todo: number): boolean {
    return this.#hasChoice(model) && todo / speed >= WORTH_TRYING;
  }

  #hasChoice({ imageRuns }: EmbeddingModel): boolean {
    const { threads } = this.#models.context;
    return this.#given.threads === undefined && threads >= THREADS_TO_CHOOSE && imageRuns !== undefined;
  }

  #key(space: VectorSpace, plugin: EmbeddingPlugin, model: EmbeddingModel) {
    return {
      function: space.embeddingFunction,
      options: space.options,
      ...this.#here(plugin),
      maxBatch: model.maxBatch.image,
      // A model on a GPU tells itself by these from the one on the CPU, of which it is to be measured how many run.
      maxConcurrency: model.imageRuns === undefined ? model.maxConcurrency : null,
      batch: this.#given.batch ?? null,
    };
  }

  #here({ name, version }: EmbeddingPlugin) {
    const { device = 'auto', threads, modelFolders } = this.#models.context;
    const cpu = cpus()[0]?.model ?? 'unknown';
    return { plugin: name, version, modelFolders, device, threads, cpu, cores: availableParallelism() };
  }
}
