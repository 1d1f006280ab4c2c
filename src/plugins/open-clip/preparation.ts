import { extname } from 'node:path';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { PreprocessConfig } from './model-config.ts';
import { ThreadPool } from './thread-pool.ts';

/** What a preparing thread is made for. */
export interface PreparationSetup {
  readonly config: PreprocessConfig;
  readonly maxPixels: number | undefined;
}

export interface PreparationRequest {
  readonly bytes: Uint8Array;
  /** Memory of all threads that gets the pixels, float32 of shape 3 x height x width. */
  readonly target: Float32Array;
}

/** Prepares pictures in threads of its own. */
export class Preparation implements AsyncDisposable {
  readonly #length: number;
  readonly #threads: ThreadPool<PreparationRequest, void>;
  /** Pixels of pictures that are embedded: memory that was in use is faster than new memory. */
  readonly #free: Float32Array[] = [];

  constructor(setup: PreparationSetup, threads: number) {
    const [height, width] = setup.config.size;
    this.#length = 3 * height * width;
    const module = new URL(`./preparation-thread${extname(import.meta.url)}`, import.meta.url);
    this.#threads = new ThreadPool(module, setup, threads);
  }

  /** @throws EmbeddingError about the input: MEDIA_UNREADABLE, MEDIA_UNSUPPORTED, MEDIA_TOO_LARGE */
  async prepare(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<PreparedPicture> {
    const target = this.#free.pop() ?? this.#newPixels();
    try {
      // The caller keeps its bytes, and they may be part of a larger buffer.
      const own = new Uint8Array(bytes);
      await this.#threads.ask({ bytes: own, target }, { signal, transfer: [own.buffer] });
      return new PreparedPicture(target);
    } catch (error) {
      this.#free.push(target);
      throw error;
    }
  }

  /** Takes the pixels back: these pictures are embedded. */
  release(pictures: readonly PreparedPicture[]): void {
    for (const picture of new Set(pictures)) this.#free.push(picture.release());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  #newPixels(): Float32Array {
    return new Float32Array(new SharedArrayBuffer(this.#length * Float32Array.BYTES_PER_ELEMENT));
  }
}

/** A picture in the model's terms. */
export class PreparedPicture {
  #pixels: Float32Array | undefined;

  constructor(pixels: Float32Array) {
    this.#pixels = pixels;
  }

  get pixels(): Float32Array {
    if (this.#pixels) return this.#pixels;
    throw new EmbeddingError('MODEL_FAILED', 'transient', 'A prepared image is already embedded: prepare it again.');
  }

  release(): Float32Array {
    const { pixels } = this;
    this.#pixels = undefined;
    return pixels;
  }
}
