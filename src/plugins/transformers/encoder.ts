import { extname, join } from 'node:path';
import { probeFailure } from '../graph-failure.ts';
import type { ExecutionProviders } from '../onnx-device.ts';
import { type Dtype, onnxFile } from '../onnx-dtype.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import type { Pooling } from './options.ts';

/** What an encoder's thread is made for. */
export interface EncoderSetup {
  /** The model's folder. */
  readonly folder: string;
  /** Name of the graph in its folder `onnx`, without suffix and extension. */
  readonly graph: string;
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  /** Height and width of pixels. */
  readonly size: readonly [number, number];
  /** CPU threads of one run. */
  readonly threads: number;
  readonly providers: ExecutionProviders;
  /** Whether it gives way to everything else that this process does. */
  readonly patient: boolean;
}

/** A text in tokens, all of a request equally many. */
export interface Tokens {
  readonly ids: readonly number[];
  /** 1 for a token of the text, 0 for padding. */
  readonly mask: readonly number[];
}

/** The pixels of a picture, 3 x height x width, or a text. */
export type EncoderItem = Float32Array | Tokens;

export interface EncoderAnswer {
  /** The only number of inputs that the graph takes at once; null where it takes any. */
  readonly fixedBatch: number | null;
  readonly vectors: readonly Float32Array[];
}

/**
 * One graph of a model, which makes vectors. It has threads of its own, for a graph that runs blocks its thread;
 * each has loaded the graph for itself.
 */
export class Encoder implements AsyncDisposable {
  readonly fixedBatch: number | null;
  /** How many batches may run at once. */
  readonly copies: number;
  /** Length of its vectors. */
  readonly dimensions: number;
  readonly #threads: ThreadPool<readonly EncoderItem[], EncoderAnswer>;

  private constructor(
    threads: ThreadPool<readonly EncoderItem[], EncoderAnswer>,
    { fixedBatch, vectors }: EncoderAnswer,
    copies: number,
  ) {
    this.#threads = threads;
    this.fixedBatch = fixedBatch;
    this.dimensions = vectors[0]?.length ?? 0;
    this.copies = copies;
  }

  /**
   * @param probe an input that the graph must take
   * @throws EmbeddingError MODEL_FAILED, final
   */
  static async open(setup: EncoderSetup, copies: number, probe: EncoderItem): Promise<Encoder> {
    const module = new URL(`./encoder-thread${extname(import.meta.url)}`, import.meta.url);
    const threads = new ThreadPool<readonly EncoderItem[], EncoderAnswer>(module, setup, copies);
    try {
      return new Encoder(threads, await threads.ask([probe]), copies);
    } catch (error) {
      await threads[Symbol.asyncDispose]();
      throw probeFailure(join(setup.folder, 'onnx', onnxFile(setup.graph, setup.dtype)), error);
    }
  }

  /** One vector an input, in order. A graph of fixed batch runs as often as it takes. */
  async run(items: readonly EncoderItem[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const { vectors } = await this.#threads.ask(items, { signal });
    return vectors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
