import { extname } from 'node:path';
import { EmbeddingError, type PreparedImage } from '../embedding-plugin.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import type { PictureConfig } from './picture-config.ts';

/** What a preparing thread is made for. */
export interface PreparationSetup {
  readonly config: PictureConfig;
  /** Whether the model takes bytes as they are, and normalises them itself. */
  readonly asBytes: boolean;
  readonly maxPixels: number | undefined;
}

export interface PreparationRequest {
  readonly bytes: Uint8Array;
  readonly target: Pixels;
}

/** In memory of all threads: floats of shape 3 x height x width, or bytes of height x width x 3. */
export type Pixels = Float32Array | Uint8Array;

/** libuv runs so many decoders at once. */
const DECODERS = 4;

/** Prepares pictures in threads of its own. */
export class Preparation implements AsyncDisposable {
  readonly #length: number;
  readonly #asBytes: boolean;
  readonly #threads: ThreadPool<PreparationRequest, void>;
  /** Pixels of pictures that are embedded: memory that was in use is faster than new memory. */
  readonly #free: Pixels[] = [];

  /** @param threads that may be used; more than there are decoders would wait for them */
  constructor(setup: PreparationSetup, threads: number) {
    const [height, width] = setup.config.size;
    this.#length = 3 * height * width;
    this.#asBytes = setup.asBytes;
    const module = new URL(`./preparation-thread${extname(import.meta.url)}`, import.meta.url);
    this.#threads = new ThreadPool(module, setup, Math.min(threads, DECODERS));
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

  #newPixels(): Pixels {
    if (this.#asBytes) return new Uint8Array(new SharedArrayBuffer(this.#length));
    return new Float32Array(new SharedArrayBuffer(this.#length * Float32Array.BYTES_PER_ELEMENT));
  }
}

/** A picture in the model's terms. */
export class PreparedPicture {
  #pixels: Pixels | undefined;

  constructor(pixels: Pixels) {
    this.#pixels = pixels;
  }

  get pixels(): Pixels {
    if (this.#pixels) return this.#pixels;
    throw new EmbeddingError('MODEL_FAILED', 'transient', 'A prepared image is already embedded: prepare it again.');
  }

  release(): Pixels {
    const { pixels } = this;
    this.#pixels = undefined;
    return pixels;
  }
}

/** @throws TypeError where one is of another model's making */
export function preparedPictures(images: readonly PreparedImage[]): PreparedPicture[] {
  return images.map((image) => {
    if (image instanceof PreparedPicture) return image;
    throw new TypeError('an image was not prepared by this model');
  });
}
