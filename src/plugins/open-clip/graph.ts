import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { TowerItem, TowerSetup } from './tower.ts';

/** An ONNX graph of one input, `[batch, …]`, and one output, `[batch, dimensions]`. It blocks the thread that it is in. */
export class Graph implements AsyncDisposable {
  /** The only number of inputs that the graph takes at once; null where it takes any. */
  readonly fixedBatch: number | null;
  readonly #session: InferenceSession;
  readonly #input: InferenceSession.TensorValueMetadata;
  readonly #itemShape: readonly number[];

  private constructor(
    session: InferenceSession,
    input: InferenceSession.TensorValueMetadata,
    itemShape: readonly number[],
  ) {
    this.#session = session;
    this.#input = input;
    this.#itemShape = itemShape;
    const batch = input.shape[0];
    this.fixedBatch = typeof batch === 'number' && batch > 0 ? batch : null;
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open({ file, itemShape, threads }: TowerSetup): Promise<Graph> {
    try {
      const session = await InferenceSession.create(file, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        // Threads that wait for work by spinning take the cores from those that prepare pictures.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      return new Graph(session, inputOf(session, itemShape), itemShape);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EmbeddingError('MODEL_FAILED', 'final', `The model ${file} cannot be loaded: ${reason}`, { cause });
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
    const input = tensor(this.#input.type, items, [batch, ...this.#itemShape]);
    const outputs = await this.#session.run({ [this.#input.name]: input });
    const output = outputs[this.#session.outputNames[0] ?? ''];
    if (output?.data instanceof Float32Array) return output.data;
    throw new EmbeddingError('MODEL_FAILED', 'final', `The model gives ${output?.type}, not float32 vectors.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

function inputOf(session: InferenceSession, itemShape: readonly number[]): InferenceSession.TensorValueMetadata {
  const [input, ...others] = session.inputMetadata;
  if (input === undefined || !input.isTensor || others.length > 0) {
    throw new Error(`it has the inputs ${session.inputNames.join(', ')}, where one is expected`);
  }
  const shape = input.shape.slice(1);
  const fits = shape.length === itemShape.length && itemShape.every((size, i) => isFree(shape[i]) || shape[i] === size);
  if (!fits)
    throw new Error(`it takes [${input.shape.join(', ')}], but its configuration says [${itemShape.join(', ')}]`);
  return input;
}

/** A dimension that the graph leaves open has a name, or no positive size. */
function isFree(size: number | string | undefined): boolean {
  return typeof size === 'string' || (typeof size === 'number' && size <= 0);
}

/** Puts the items one after the other; what is left of a fixed batch is zero. */
function tensor(type: Tensor.Type, items: readonly TowerItem[], dims: readonly number[]): Tensor {
  const length = dims.reduce((product, size) => product * size, 1);
  const itemLength = length / (dims[0] ?? 1);
  if (type === 'int64') {
    const data = new BigInt64Array(length);
    items.forEach((item, i) => {
      data.set(Array.from(item, BigInt), i * itemLength);
    });
    return new Tensor(type, data, dims);
  }
  if (type !== 'float32' && type !== 'int32') {
    throw new EmbeddingError(
      'MODEL_FAILED',
      'final',
      `The model takes ${type}, where float32, int32 or int64 is expected.`,
    );
  }
  const data = type === 'float32' ? new Float32Array(length) : new Int32Array(length);
  items.forEach((item, i) => {
    data.set(item, i * itemLength);
  });
  return new Tensor(type, data, dims);
}
