import { extname } from 'node:path';
import type { ExecutionProviders } from '../onnx-device.ts';
import { ThreadPool } from '../threads/thread-pool.ts';

/** What a tower's thread is made for. */
export interface TowerSetup {
  /** The graph's path, for a large one has its weights in files beside it. */
  readonly file: string;
  /** The shape of one input, which the graph must take. */
  readonly itemShape: readonly number[];
  /** The shape of one input of bytes, for a graph that takes those. */
  readonly byteShape?: readonly number[] | undefined;
  /** CPU threads of one run. */
  readonly threads: number;
  readonly providers: ExecutionProviders;
  /** Whether it gives way to everything else that this process does. */
  readonly patient: boolean;
}

/** One input: pixels, as floats or bytes, or a text. */
export type TowerItem = Float32Array | Uint8Array | Tokens;

/** A text in the model's terms. */
export interface Tokens {
  readonly ids: Int32Array;
  /** How many of them are of the text: what stands behind is padding. */
  readonly length: number;
}

export interface TowerAnswer {
  /** The only number of inputs that the graph takes at once; null where it takes any. */
  readonly fixedBatch: number | null;
  /** Whether it takes bytes as they are, and normalises them itself. */
  readonly takesBytes: boolean;
  /** One vector an item, one behind the other. */
  readonly vectors: Float32Array;
}

/**
 * One half of a CLIP model, an ONNX graph. It has threads of its own, for a graph that runs blocks its thread;
 * each has loaded the graph for itself.
 */
export class Tower implements AsyncDisposable {
  readonly fixedBatch: number | null;
  readonly takesBytes: boolean;
  /** How many batches may run at once. */
  readonly copies: number;
  readonly #threads: ThreadPool<readonly TowerItem[], TowerAnswer>;

  private constructor(
    threads: ThreadPool<readonly TowerItem[], TowerAnswer>,
    { fixedBatch, takesBytes }: TowerAnswer,
    copies: number,
  ) {
    this.#threads = threads;
    this.fixedBatch = fixedBatch;
    this.takesBytes = takesBytes;
    this.copies = copies;
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open(setup: TowerSetup, copies: number): Promise<Tower> {
    const module = new URL(`./tower-thread${extname(import.meta.url)}`, import.meta.url);
    const threads = new ThreadPool<readonly TowerItem[], TowerAnswer>(module, setup, copies);
    try {
      return new Tower(threads, await threads.ask([]), copies);
    } catch (error) {
      await threads[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One output vector an input, in order. A graph of fixed batch runs as often as it takes. */
  async run(items: readonly TowerItem[], signal?: AbortSignal): Promise<Float32Array[]> {
    const { vectors } = await this.#threads.ask(items, { signal });
    const dimensions = vectors.length / items.length;
    return items.map((_, i) => vectors.slice(i * dimensions, (i + 1) * dimensions));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
