import { open } from 'node:fs/promises';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { EmbeddingError } from '../embedding-plugin.ts';
import { graphFailure } from '../graph-failure.ts';
import { type TensorItem, tensor } from './tensor.ts';
import type { TowerItem, TowerSetup } from './tower.ts';

type Input = InferenceSession.TensorValueMetadata;

/**
 * An ONNX graph of items, `[batch, …]`, and one output that counts, `[batch, dimensions]`. It blocks the thread
 * that it is in.
 */
export class Graph implements AsyncDisposable {
  /**
   * The only number of inputs that the graph takes at once; null where it takes any. One that quantizes what
   * it computes does so for all of a batch together, so that it is given one at a time.
   */
  readonly fixedBatch: number | null;
  /** Whether it takes bytes as they are, and normalises them itself. */
  readonly takesBytes: boolean;
  readonly #session: InferenceSession;
  readonly #input: Input;
  readonly #beside: readonly Input[];
  readonly #setup: TowerSetup;

  private constructor(session: InferenceSession, setup: TowerSetup, quantized: boolean) {
    const { input, beside } = inputsOf(session);
    checkShape(input, setup);
    this.#session = session;
    this.#input = input;
    this.#beside = beside;
    this.#setup = setup;
    this.takesBytes = input.type === 'uint8';
    const batch = input.shape[0];
    this.fixedBatch = typeof batch === 'number' && batch > 0 ? batch : quantized ? 1 : null;
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open(setup: TowerSetup): Promise<Graph> {
    try {
      const session = await InferenceSession.create(setup.file, {
        intraOpNumThreads: setup.threads,
        interOpNumThreads: 1,
        executionProviders: setup.providers,
        // What it would write to the terminal, it throws as well.
        logSeverityLevel: 4,
        // Threads that wait for work by spinning take the cores from those that prepare pictures.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      return new Graph(session, setup, await isQuantized(setup.file));
    } catch (cause) {
      throw graphFailure(setup.file, cause);
    }
  }

  /** The vectors of the items, one behind the other. A graph of fixed batch runs as often as it takes. */
  async run(items: readonly TowerItem[], signal: AbortSignal): Promise<Float32Array> {
    const batch = this.fixedBatch ?? items.length;
    let vectors = new Float32Array();
    for (let i = 0; i < items.length; i += batch) {
      signal.throwIfAborted();
      const some = items.slice(i, i + batch);
      const output = await this.#runBatch(some, batch);
      const dimensions = output.length / batch;
      if (vectors.length === 0) vectors = new Float32Array(items.length * dimensions);
      vectors.set(output.subarray(0, some.length * dimensions), i * dimensions);
    }
    return vectors;
  }

  async #runBatch(items: readonly TowerItem[], batch: number): Promise<Float32Array> {
    const dims = [batch, ...itemShape(this.#input, this.#setup)];
    const feeds = { [this.#input.name]: tensor(this.#input.type, items.map(dataOf), dims) };
    for (const { name, type } of this.#beside)
      feeds[name] = tensor(type, items.map(BESIDE_TOKENS[name] ?? dataOf), dims);
    const [name = ''] = this.#session.outputNames;
    const outputs = await this.#session.run(feeds, [name]);
    return floats(outputs[name]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

/** Nodes come before the weights, in a file of ONNX. */
const NODES = 8 * 1024 * 1024;

async function isQuantized(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(Math.min(NODES, (await handle.stat()).size)),
  });
  return buffer.subarray(0, bytesRead).includes('DynamicQuantize');
}

function dataOf(item: TowerItem): TensorItem {
  return 'ids' in item ? item.ids : item;
}

/** What text models of Hugging Face take beside the tokens. */
const BESIDE_TOKENS: Readonly<Record<string, (item: TowerItem) => TensorItem>> = {
  attention_mask: (item) => new Int32Array(dataOf(item).length).fill(1, 0, item.length),
  token_type_ids: (item) => new Int32Array(dataOf(item).length),
};

function inputsOf(session: InferenceSession): { readonly input: Input; readonly beside: readonly Input[] } {
  const inputs = session.inputMetadata.filter((each) => each.isTensor);
  const beside = inputs.filter(({ name }) => name in BESIDE_TOKENS);
  const [input, ...others] = inputs.filter((each) => !beside.includes(each));
  if (input === undefined || others.length > 0) {
    throw new Error(`it has the inputs ${session.inputNames.join(', ')}, where one is expected`);
  }
  return { input, beside };
}

function itemShape({ type }: Input, { itemShape, byteShape }: TowerSetup): readonly number[] {
  return type === 'uint8' && byteShape ? byteShape : itemShape;
}

function checkShape(input: Input, setup: TowerSetup): void {
  const expected = itemShape(input, setup);
  const shape = input.shape.slice(1);
  const fits = shape.length === expected.length && expected.every((size, i) => isFree(shape[i]) || shape[i] === size);
  if (!fits)
    throw new Error(`it takes [${input.shape.join(', ')}], but its configuration says [${expected.join(', ')}]`);
}

/** A dimension that the graph leaves open has a name, or no positive size. */
function isFree(size: number | string | undefined): boolean {
  return typeof size === 'string' || (typeof size === 'number' && size <= 0);
}

function floats(output: Tensor | undefined): Float32Array {
  const data: unknown = output?.data;
  if (data instanceof Float32Array) return data;
  if (data instanceof Float16Array) return Float32Array.from(data);
  throw new EmbeddingError('MODEL_FAILED', 'final', `The model gives ${output?.type}, not vectors of floats.`);
}
