import { InferenceSession, Tensor } from 'onnxruntime-node';
import { EmbeddingError } from '../embedding-plugin.ts';

/** One half of a CLIP model: an ONNX graph of one input, `[batch, …]`, and one output, `[batch, dimensions]`. */
export class Tower implements AsyncDisposable {
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

  /**
   * @param file the path, for a large graph has its weights in files beside it
   * @param itemShape the shape of one input, which the graph must take
   * @throws EmbeddingError MODEL_FAILED, final
   */
  static async open(file: string, itemShape: readonly number[], threads: number): Promise<Tower> {
    try {
      const session = await InferenceSession.create(file, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      return new Tower(session, inputOf(session, itemShape), itemShape);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EmbeddingError('MODEL_FAILED', 'final', `The model ${file} cannot be loaded: ${reason}`, { cause });
    }
  }

  /** One output vector an input, in order. A graph of fixed batch runs as often as it takes. */
  async run(items: readonly (Float32Array | Int32Array)[], signal?: AbortSignal): Promise<Float32Array[]> {
    const batch = this.fixedBatch ?? items.length;
    const vectors: Float32Array[] = [];
    for (let i = 0; i < items.length; i += batch) {
      signal?.throwIfAborted();
      vectors.push(...(await this.#runBatch(items.slice(i, i + batch), batch)));
    }
    return vectors;
  }

  async #runBatch(items: readonly (Float32Array | Int32Array)[], batch: number): Promise<Float32Array[]> {
    const input = tensor(this.#input.type, items, [batch, ...this.#itemShape]);
    const outputs = await this.#session.run({ [this.#input.name]: input });
    const output = outputs[this.#session.outputNames[0] ?? ''];
    if (!(output?.data instanceof Float32Array)) {
      throw new EmbeddingError('MODEL_FAILED', 'final', `The model gives ${output?.type}, not float32 vectors.`);
    }
    const { data } = output;
    const dimensions = data.length / batch;
    return items.map((_, i) => data.slice(i * dimensions, (i + 1) * dimensions));
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
function tensor(type: Tensor.Type, items: readonly (Float32Array | Int32Array)[], dims: readonly number[]): Tensor {
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
