import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { measureBatch, USUAL_BATCH } from './batch-measurement.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { ImageEmbedder } from './image-embedder.ts';
import { readJson, writeJson } from './json-file.ts';
import type { StateFolder } from './state-folder.ts';
import type { VectorSpace } from './vector-space.ts';

const FILE = 'batch-sizes.json';
/** Measurements that are kept, the last ones. */
const KEPT = 100;
/** With fewer pictures to do, measuring takes longer than it saves. */
const WORTH_MEASURING = 256;

const fileShape = z.object({
  measured: z.array(z.object({ of: z.record(z.string(), z.unknown()), batch: z.int().min(1) })),
});

type Measured = z.output<typeof fileShape>['measured'][number];

/**
 * How many pictures a call of each model has: measured when a job has enough to do, once on each machine, and kept
 * beside the library.
 */
export class BatchSizes {
  readonly #state: StateFolder;
  readonly #models: EmbeddingModels;
  readonly #given: number | undefined;

  /** @param given what a person has chosen: then nothing is measured */
  constructor(state: StateFolder, models: EmbeddingModels, given?: number) {
    this.#state = state;
    this.#models = models;
    this.#given = given;
  }

  /**
   * A model of a server is not measured: how fast it answers is a matter of all who ask it.
   * @param todo pictures that the job has to do
   * @throws PluginError, or the reason of the embedder's ending
   */
  async sizeFor(space: VectorSpace, embedder: ImageEmbedder, todo: number): Promise<number> {
    const model = await embedder.model();
    const most = model.maxBatch.image;
    if (this.#given !== undefined) return Math.min(this.#given, most);
    const plugin = this.#models.pluginFor(space.embeddingFunction);
    if (most <= 1 || plugin === undefined || plugin.remote) return Math.min(USUAL_BATCH, most);
    const { device = 'auto', threads, modelFolders } = this.#models.context;
    const of = {
      plugin: plugin.name,
      version: plugin.version,
      options: space.options,
      modelFolders,
      device,
      threads,
      // A model on a GPU tells itself by these from the one on the CPU.
      maxBatch: most,
      maxConcurrency: model.maxConcurrency,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
    };
    const kept = await this.#keptOf(of);
    if (kept !== undefined) return Math.min(kept, most);
    if (todo < WORTH_MEASURING) return Math.min(USUAL_BATCH, most);
    return (await embedder.trial((each, signal) => this.#measure(of, each, signal))) ?? Math.min(USUAL_BATCH, most);
  }

  async #measure(of: Measured['of'], model: EmbeddingModel, signal: AbortSignal): Promise<number> {
    // Another job may have done it while this one waited for the model.
    const kept = await this.#keptOf(of);
    if (kept !== undefined) return Math.min(kept, model.maxBatch.image);
    const batch = await measureBatch(model, { signal });
    await this.#keep({ of, batch });
    return batch;
  }

  async #keptOf(of: Measured['of']): Promise<number | undefined> {
    return (await this.#all()).find((each) => isDeepStrictEqual(each.of, of))?.batch;
  }

  /** Where two processes write at once, one measurement is lost and made again. */
  async #keep(measured: Measured): Promise<void> {
    const all = [...(await this.#all()), measured].slice(-KEPT);
    try {
      await writeJson(join(await this.#state.writable(), FILE), { measured: all });
    } catch {
      // Where nothing can be kept, the next job measures again.
    }
  }

  /** A file that cannot be read counts as none. */
  async #all(): Promise<readonly Measured[]> {
    const file = await readJson(join(this.#state.path, FILE), fileShape, 'TABLE_UNREADABLE').catch(() => null);
    return file?.measured ?? [];
  }
}
