import type { EmbeddingModel, ImageRuns, ModelContext } from './embedding-plugin.ts';
import { type ChildModel, loadInChild, type ModelTimeouts } from './model-host.ts';

export interface SharedModelOptions {
  readonly timeouts?: Partial<ModelTimeouts> | undefined;
  /** Milliseconds without a call after which its process is ended; it stays where this is left out. */
  readonly idleMs?: number | undefined;
}

/** Milliseconds between two calls of one who still has a retired model. */
const RETIRED_IDLE_MS = 2_000;

/** One model and those who wait for it or use it. */
export class SharedModel implements AsyncDisposable {
  readonly #loading: Promise<ChildModel>;
  readonly #stop = new AbortController();
  /** As the plugin sees fit where it is left out. */
  readonly imageRuns: ImageRuns | undefined;
  #idleMs: number | undefined;
  #retired = false;
  #waiting = 0;
  #calls = 0;
  #idle: NodeJS.Timeout | undefined;
  #model: ChildModel | undefined;
  #failed = false;

  constructor(
    module: string,
    options: Record<string, unknown>,
    context: ModelContext,
    { timeouts, idleMs }: SharedModelOptions = {},
  ) {
    this.imageRuns = context.imageRuns;
    this.#idleMs = idleMs;
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

  /** False once loading has failed, it is retired, or the model's process has ended or is about to. */
  get usable(): boolean {
    return !this.#failed && !this.#retired && !this.#stop.signal.aborted && (this.#model?.alive ?? true);
  }

  /** Nobody gets it from now on; it ends soon after the last call of those who have it. */
  retire(): void {
    this.#retired = true;
    this.#idleMs = RETIRED_IDLE_MS;
    if (this.#model !== undefined) this.#restAfterCalls();
    else if (this.#waiting === 0) this.#stop.abort();
  }

  /** Of its process, once it is loaded and for as long as it stays. */
  get pid(): number | undefined {
    return this.#model?.pid;
  }

  /** One caller's abort rejects for that caller; loading stops when nobody waits for it any more. */
  async borrow(signal?: AbortSignal): Promise<EmbeddingModel> {
    signal?.throwIfAborted();
    this.#waiting++;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const model = await Promise.race([this.#loading, aborted]);
      this.#restAfterCalls();
      return this.#lend(model);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting--;
      if (this.#waiting === 0 && this.#model === undefined) this.#stop.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    this.#stop.abort();
    const model = await this.#loading.catch(() => undefined);
    await model?.[Symbol.asyncDispose]();
  }

  /** The same model, without the power to end it. */
  #lend(model: ChildModel): EmbeddingModel {
    const { dimensions, distance, normalized, modalities, maxBatch, maxConcurrency, imageRuns } = model;
    return {
      dimensions,
      distance,
      normalized,
      modalities,
      maxBatch,
      maxConcurrency,
      imageRuns,
      prepareImage: (bytes, options) => this.#during(model.prepareImage(bytes, options)),
      embedImages: (images, options) => this.#during(model.embedImages(images, options)),
      embedTexts: (texts, options) => this.#during(model.embedTexts(texts, options)),
      async [Symbol.asyncDispose]() {},
    };
  }

  /** Keeps the model for as long as the call takes, and for its time of idleness from then on. */
  async #during<T>(call: Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#calls++;
    try {
      return await call;
    } finally {
      this.#calls--;
      this.#restAfterCalls();
    }
  }

  #restAfterCalls(): void {
    clearTimeout(this.#idle);
    if (this.#calls > 0 || this.#idleMs === undefined) return;
    this.#idle = setTimeout(() => void this[Symbol.asyncDispose](), this.#idleMs).unref();
  }
}
