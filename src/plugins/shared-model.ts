import type { EmbeddingModel, ModelContext } from './embedding-plugin.ts';
import { type ChildModel, loadInChild, type ModelTimeouts } from './model-host.ts';

/** One model and those who wait for it or use it. */
export class SharedModel implements AsyncDisposable {
  readonly #loading: Promise<ChildModel>;
  readonly #stop = new AbortController();
  #waiting = 0;
  #model: ChildModel | undefined;
  #failed = false;

  constructor(
    module: string,
    options: Record<string, unknown>,
    context: ModelContext,
    timeouts: Partial<ModelTimeouts> | undefined,
  ) {
    this.#loading = loadInChild(module, options, context, { signal: this.#stop.signal, timeouts });
    this.#loading.then(
      (model) => {
        this.#model = model;
      },
      () => {
        this.#failed = true;
      },
    );
  }

  /** False once loading has failed or the model's process has ended. */
  get usable(): boolean {
    return !this.#failed && !this.#stop.signal.aborted && (this.#model?.alive ?? true);
  }

  /** One caller's abort rejects for that caller; loading stops when nobody waits for it any more. */
  async borrow(signal?: AbortSignal): Promise<EmbeddingModel> {
    signal?.throwIfAborted();
    this.#waiting++;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return lend(await Promise.race([this.#loading, aborted]));
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting--;
      if (this.#waiting === 0 && this.#model === undefined) this.#stop.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const model = await this.#loading.catch(() => undefined);
    await model?.[Symbol.asyncDispose]();
  }
}

/** The same model, without the power to end it. */
function lend(model: ChildModel): EmbeddingModel {
  const { dimensions, distance, normalized, modalities, maxBatch, maxConcurrency } = model;
  return {
    dimensions,
    distance,
    normalized,
    modalities,
    maxBatch,
    maxConcurrency,
    prepareImage: (bytes, options) => model.prepareImage(bytes, options),
    embedImages: (images, options) => model.embedImages(images, options),
    embedTexts: (texts, options) => model.embedTexts(texts, options),
    async [Symbol.asyncDispose]() {},
  };
}
