import { EmbeddingError, type EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { asPluginError, type EmbeddingModels, loadModel } from './embedding-models.ts';
import type { EmbeddedView } from './layout.ts';
import { MediaError } from './media.ts';
import type { VectorSpace } from './vector-space.ts';
import type { View, ViewKey } from './view.ts';
import type { Views } from './views.ts';

/** One view that could not be embedded. */
export interface ViewFailure {
  readonly view: ViewKey;
  readonly code: string;
  readonly message: string;
  /**
   * Of the file, where the picture itself is at fault (MEDIA_UNREADABLE, MEDIA_UNSUPPORTED,
   * MODEL_REFUSED): it tells later whether the file has changed. Null where trying again costs no
   * more than looking (missing, forbidden, too large), or may help.
   */
  readonly fingerprint: string | null;
}

export interface EmbeddedBatch {
  readonly embedded: readonly EmbeddedView[];
  readonly failures: readonly ViewFailure[];
}

/** Failures that a picture keeps until its file changes. */
const OF_THE_PICTURE: readonly string[] = ['MEDIA_UNREADABLE', 'MEDIA_UNSUPPORTED', 'MODEL_REFUSED'];

/** A PNG of 16 x 16 pixels, which no working model fails on. */
const PLAIN_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAHUlEQVR42mNIaFhAEmIY1UATDScWJJCERjXQRAMAyxmkEFWne3AAAAAASUVORK5CYII=',
  'base64',
);

/** Turns views into vectors of one space, and tells a bad picture from a failing model. */
export class ImageEmbedder {
  readonly #views: Views;
  readonly #models: EmbeddingModels;
  readonly #space: VectorSpace;
  /** Attempts of whole batches that are under way. */
  readonly #together = new Set<Promise<unknown>>();
  /** Settles when no views are being tried one at a time. */
  #alone: Promise<unknown> = Promise.resolve();

  constructor(views: Views, models: EmbeddingModels, space: VectorSpace) {
    this.#views = views;
    this.#models = models;
    this.#space = space;
  }

  /** @throws PluginError */
  model(signal: AbortSignal | undefined): Promise<EmbeddingModel> {
    return loadModel(this.#models, this.#space.embeddingFunction, this.#space.options, { signal });
  }

  /**
   * Every view comes back, embedded or as a failure.
   *
   * Where the model fails on a batch (its process may have died of one of the pictures), the
   * views are tried again one at a time, with nothing else under way: only then can an answer be
   * about one picture, and only while the model embeds others.
   * @throws PluginError
   */
  async embed(views: readonly View[]): Promise<EmbeddedBatch> {
    await this.#nobodyAlone();
    const together = this.#embedTogether(views);
    this.#together.add(together);
    try {
      return await together;
    } catch (error) {
      if (!(error instanceof EmbeddingError) || error.fault === 'final') throw this.#asPluginError(error);
    } finally {
      this.#together.delete(together);
    }
    const alone = this.#alone.then(() => this.#embedEachAlone(views));
    this.#alone = alone.catch(() => {});
    return alone;
  }

  async #nobodyAlone(): Promise<void> {
    let awaited: unknown;
    while (awaited !== this.#alone) {
      awaited = this.#alone;
      await awaited;
    }
  }

  async #embedEachAlone(views: readonly View[]): Promise<EmbeddedBatch> {
    const embedded: EmbeddedView[] = [];
    const failures: ViewFailure[] = [];
    let trusted = false;
    await Promise.allSettled(this.#together);
    for (const view of views) {
      try {
        const batch = await this.#embedTogether([view]);
        embedded.push(...batch.embedded);
        failures.push(...batch.failures);
        trusted ||= batch.embedded.length > 0;
      } catch (error) {
        if (!(error instanceof EmbeddingError) || error.fault === 'final') throw this.#asPluginError(error);
        if (error.fault === 'transient' && !trusted) {
          await this.#blameNoPictureFor(error);
          trusted = true;
        }
        failures.push(await this.#failure(view, error.fault === 'input' ? error.code : 'MODEL_REFUSED', error.message));
      }
    }
    return { embedded, failures };
  }

  /** Throws a refusal on where the model fails on a plain picture too: then it is itself at fault. */
  async #blameNoPictureFor(refused: EmbeddingError): Promise<void> {
    const model = await this.model(undefined);
    const release = new AbortController();
    try {
      await model.embedImages([await model.prepareImage(PLAIN_PICTURE, { signal: release.signal })]);
    } catch {
      throw this.#asPluginError(refused);
    } finally {
      release.abort();
    }
  }

  async #embedTogether(views: readonly View[]): Promise<EmbeddedBatch> {
    // What is prepared and not embedded is let go of when this ends, whichever way.
    const release = new AbortController();
    try {
      const model = await this.model(undefined);
      const { signal } = release;
      const stored = await this.#views.readStored(views);
      const outcomes = await Promise.allSettled(
        views.map(async (view) => model.prepareImage(stored.get(view) ?? (await this.#views.read(view)), { signal })),
      );
      const failures: ViewFailure[] = [];
      const ready: { view: View; image: object }[] = [];
      for (const [index, view] of views.entries()) {
        const outcome = outcomes[index];
        if (outcome?.status === 'fulfilled') ready.push({ view, image: outcome.value });
        else failures.push(await this.#mediaFailure(view, outcome?.reason));
      }
      if (ready.length === 0) return { embedded: [], failures };
      const vectors = await model.embedImages(ready.map(({ image }) => image));
      return { embedded: paired(ready, vectors, model.dimensions), failures };
    } finally {
      release.abort();
    }
  }

  /** An error about this picture alone as its failure; any other is thrown on. */
  #mediaFailure(view: View, error: unknown): Promise<ViewFailure> {
    if (error instanceof MediaError) return this.#failure(view, error.code, error.message);
    if (error instanceof EmbeddingError && error.fault === 'input')
      return this.#failure(view, error.code, error.message);
    throw error;
  }

  async #failure(view: View, code: string, message: string): Promise<ViewFailure> {
    const { table, id } = view;
    const [fingerprint = null] = OF_THE_PICTURE.includes(code) ? await this.#views.fingerprints([view]) : [];
    return { view: { table, id }, code, message, fingerprint };
  }

  #asPluginError(error: unknown): unknown {
    const plugin = this.#models.pluginFor(this.#space.embeddingFunction)?.name ?? this.#space.embeddingFunction;
    return asPluginError(error, plugin);
  }
}

/**
 * The contract's promises, checked whichever host of plugins is behind the port: what is written to
 * a table cannot be taken back.
 */
function paired(
  ready: readonly { readonly view: View }[],
  vectors: readonly Float32Array[],
  dimensions: number,
): EmbeddedView[] {
  const wrong = (what: string) => new EmbeddingError('MODEL_FAILED', 'final', `The model broke its contract: ${what}.`);
  if (vectors.length !== ready.length) throw wrong(`${vectors.length} vectors for ${ready.length} images`);
  return ready.map(({ view }, index) => {
    const vector = vectors[index];
    if (vector?.length !== dimensions) throw wrong(`a vector of ${vector?.length} numbers and not ${dimensions}`);
    if (!vector.every(Number.isFinite)) throw wrong('a vector with a number that is not finite');
    return { view, vector };
  });
}
