import type { EmbeddingError, EmbeddingModel } from '../plugins/embedding-plugin.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { Ending } from './ending.ts';
import { type Gate, gateOf } from './gate.ts';
import type { EmbeddedView } from './layout.ts';
import { MediaError, MediaFolderError } from './media.ts';
import { pairVectors } from './paired-vectors.ts';
import { isAnswer, PatientModel } from './patient-model.ts';
import { pause, RETRY, type Retry } from './retry.ts';
import { Turns } from './turns.ts';
import { modelKey, type VectorSpace } from './vector-space.ts';
import type { View } from './view.ts';
import { type ViewFailure, viewFailure } from './view-failure.ts';
import type { Views } from './views.ts';

export interface EmbeddedBatch {
  readonly embedded: readonly EmbeddedView[];
  readonly failures: readonly ViewFailure[];
}

export interface EmbedderOptions {
  readonly ending: Ending;
  /** Of batches, shared by the embedders of a process. */
  readonly turns?: Turns | undefined;
  readonly retry?: Retry | undefined;
}

/** Pictures that are read and prepared at once: some wait for a decoder while others are read. */
const PICTURES = 8;
/** How often what fails is tried before it is taken apart, or a picture is blamed. */
const TRIES = 2;

/** Turns views into vectors of one space, and tells a bad picture from a failing model. */
export class ImageEmbedder {
  readonly #views: Views;
  readonly #model: PatientModel;
  readonly #retry: Retry;
  readonly #ending: Ending;
  readonly #pictures = new Turns(PICTURES);
  readonly #gate: Gate;
  /** Pictures a call: fewer than the model says where it has failed on more. */
  #most = Number.POSITIVE_INFINITY;
  #blamed = 0;

  constructor(
    { views, models }: { readonly views: Views; readonly models: EmbeddingModels },
    space: VectorSpace,
    { ending, turns = new Turns(), retry = RETRY }: EmbedderOptions,
  ) {
    this.#views = views;
    this.#model = new PatientModel(models, space, { ending, retry, turns });
    this.#retry = retry;
    this.#ending = ending;
    this.#gate = gateOf(models, modelKey(space));
  }

  /** @throws PluginError, or the reason of the ending */
  model(): Promise<EmbeddingModel> {
    return this.#model.loaded();
  }

  /** The next batch gets the model as it is loaded then. */
  renewModel(): void {
    this.#model.renew();
  }

  /**
   * Tries the model out with no batch of a job under way on it; null where it fails in a way that may pass.
   * @param call whose signal aborts as soon as nothing new is to begin
   * @throws PluginError, or the reason of the ending
   */
  async trial<Result>(call: (model: EmbeddingModel, signal: AbortSignal) => Promise<Result>): Promise<Result | null> {
    const signal = this.#ending.stop;
    const use = () => this.#model.use((model, release) => call(model, AbortSignal.any([release, signal])));
    try {
      return await this.#gate.alone(use, { signal });
    } catch (error) {
      this.#model.recoverable(error);
      return null;
    }
  }

  /**
   * Every view comes back, embedded or as a failure.
   *
   * Where the model fails on a batch (its process may have died of one of the pictures, its memory
   * may not suffice for so many), the views are tried again with nothing else under way on that
   * model, and taken apart until it is known which of them it fails on. A picture is to blame only
   * where the model fails on it alone and again, and embeds another one in between.
   * @throws PluginError, or the reason of the ending
   */
  async embed(views: readonly View[]): Promise<EmbeddedBatch> {
    if (views.length > this.#most) return this.#inParts(views, this.#most, (part) => this.embed(part));
    const signal = this.#ending.stop;
    let failure: EmbeddingError;
    try {
      return await this.#gate.together(() => this.#attempt(views), { signal });
    } catch (error) {
      failure = this.#model.recoverable(error);
    }
    return this.#gate.alone(() => this.#recover(views, failure, TRIES), { signal });
  }

  /** @param tries that these views get, the one that has failed among them */
  async #recover(views: readonly View[], first: EmbeddingError, tries: number): Promise<EmbeddedBatch> {
    const [view, ...others] = views;
    if (view === undefined) return { embedded: [], failures: [] };
    let failure = first;
    for (let tried = 1; tried < tries && failure.fault === 'transient'; tried++) {
      await pause(tried, this.#retry, this.#ending.stop);
      await this.#model.untilItWorks();
      try {
        return await this.#attempt(views);
      } catch (error) {
        failure = this.#model.recoverable(error);
      }
    }
    if (others.length > 0) return this.#halve(views);
    // Where it gave no answer, that it fails says something of the picture only if it works.
    if (!isAnswer(failure)) await this.#model.untilItWorks();
    this.#blamed += 1;
    const code = isAnswer(failure) ? failure.code : 'MODEL_REFUSED';
    return { embedded: [], failures: [await viewFailure(this.#views, view, code, failure.message)] };
  }

  async #halve(views: readonly View[]): Promise<EmbeddedBatch> {
    const half = Math.ceil(views.length / 2);
    const blamed = this.#blamed;
    const batch = await this.#inParts(views, half, async (part) => {
      try {
        return await this.#attempt(part);
      } catch (error) {
        return this.#recover(part, this.#model.recoverable(error), part.length === 1 ? TRIES : 1);
      }
    });
    // It was not one of the pictures, so it was their number.
    if (this.#blamed === blamed) this.#most = Math.min(this.#most, half);
    return batch;
  }

  async #inParts(
    views: readonly View[],
    size: number,
    call: (part: readonly View[]) => Promise<EmbeddedBatch>,
  ): Promise<EmbeddedBatch> {
    const embedded: EmbeddedView[] = [];
    const failures: ViewFailure[] = [];
    for (let start = 0; start < views.length; start += size) {
      const part = await call(views.slice(start, start + size));
      embedded.push(...part.embedded);
      failures.push(...part.failures);
    }
    return { embedded, failures };
  }

  async #attempt(views: readonly View[]): Promise<EmbeddedBatch> {
    return this.#model.use(async (model, signal) => {
      const stored = await this.#views.readStored(views);
      const prepare = async (view: View) => {
        using _picture = await this.#pictures.take({ signal });
        return model.prepareImage(stored.get(view) ?? (await this.#read(view, signal)), { signal });
      };
      const outcomes = await Promise.allSettled(views.map(prepare));
      const failures: ViewFailure[] = [];
      const ready: { view: View; image: object }[] = [];
      for (const [index, view] of views.entries()) {
        const outcome = outcomes[index];
        if (outcome?.status === 'fulfilled') ready.push({ view, image: outcome.value });
        else failures.push(await this.#mediaFailure(view, outcome?.reason));
      }
      if (ready.length === 0) return { embedded: [], failures };
      const vectors = await model.embedImages(
        ready.map(({ image }) => image),
        { signal },
      );
      return { embedded: pairVectors(ready, vectors, model.dimensions), failures };
    });
  }

  async #read(view: View, signal: AbortSignal): Promise<Uint8Array> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#views.read(view, { signal });
      } catch (error) {
        const passing = error instanceof MediaError && error.code === 'MEDIA_UNREACHABLE';
        if (!passing || tried === TRIES) throw error;
      }
      await pause(tried, this.#retry, signal);
    }
  }

  /** An error about this picture alone as its failure; any other is thrown on. */
  #mediaFailure(view: View, error: unknown): Promise<ViewFailure> {
    const ofThePicture = error instanceof MediaError && !(error instanceof MediaFolderError);
    if (!(ofThePicture || isAnswer(error))) throw error;
    return viewFailure(this.#views, view, error.code, error.message);
  }
}
