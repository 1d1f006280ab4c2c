import { join } from 'node:path';
import { AutoModel, env, LogLevel, type PreTrainedModel, Tensor } from '@huggingface/transformers';
import { graphFailure } from '../graph-failure.ts';
import { onnxFile } from '../onnx-dtype.ts';
import type { EncoderItem, EncoderSetup, Tokens } from './encoder.ts';
import { pooled } from './pooling.ts';

// Nothing is ever downloaded, and nothing is kept beside the model.
env.allowRemoteModels = false;
env.useFSCache = false;
env.logLevel = LogLevel.ERROR;

/** What a session says of an input. */
interface InputMetadata {
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** A graph of a model, run by transformers.js. It blocks the thread that it is in. */
export class Graph implements AsyncDisposable {
  /** The only number of inputs that the graph takes at once; null where it takes any. */
  readonly fixedBatch: number | null;
  readonly #model: PreTrainedModel;
  readonly #setup: EncoderSetup;
  /** Of its first input. */
  readonly #shape: InputMetadata['shape'];
  readonly #takesHalf: boolean;

  private constructor(model: PreTrainedModel, setup: EncoderSetup) {
    const inputs: readonly InputMetadata[] = model.sessions.model.inputMetadata;
    const [input] = inputs;
    this.#shape = input?.shape ?? [];
    const [batch] = this.#shape;
    this.fixedBatch = typeof batch === 'number' && batch > 0 ? batch : null;
    this.#model = model;
    this.#setup = setup;
    this.#takesHalf = input?.type === 'float16';
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open(setup: EncoderSetup): Promise<Graph> {
    const { folder, graph, dtype, threads, providers } = setup;
    try {
      const model = await AutoModel.from_pretrained(folder, {
        model_file_name: graph,
        dtype,
        // A model's config.json may name another one. The session's providers, below, decide.
        device: 'cpu',
        local_files_only: true,
        // ONNX Runtime finds weights beside a graph, wherever that says they are.
        use_external_data_format: false,
        session_options: {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionProviders: providers,
          // Threads that wait for work by spinning take the cores from those that prepare pictures.
          extra: { session: { intra_op: { allow_spinning: '0' } } },
        },
      });
      const loaded = new Graph(model, setup);
      loaded.#checkSize();
      return loaded;
    } catch (cause) {
      throw graphFailure(join(folder, 'onnx', onnxFile(graph, dtype)), cause);
    }
  }

  /** One vector an input. A graph of fixed batch runs as often as it takes. */
  async run(items: readonly EncoderItem[], signal: AbortSignal): Promise<Float32Array[]> {
    const batch = this.fixedBatch ?? items.length;
    const vectors: Float32Array[] = [];
    for (let i = 0; i < items.length; i += batch) {
      signal.throwIfAborted();
      vectors.push(...(await this.#runBatch(items.slice(i, i + batch), batch)));
    }
    return vectors;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.dispose();
  }

  #checkSize(): void {
    const [height, width] = this.#setup.size;
    const [, , rows, columns] = this.#shape;
    if ((typeof rows !== 'number' || rows === height) && (typeof columns !== 'number' || columns === width)) return;
    throw new Error(
      `it takes [${this.#shape.join(', ')}], but preprocessor_config.json makes ${width} x ${height} pixels`,
    );
  }

  /** What is left of a fixed batch repeats its first item. */
  async #runBatch(items: readonly EncoderItem[], batch: number): Promise<Float32Array[]> {
    const filled = Array.from({ length: batch }, (_, i) => items[i] ?? items[0]).filter((item) => item !== undefined);
    const pictures = filled.filter((item) => item instanceof Float32Array);
    const texts = filled.filter((item) => 'ids' in item);
    const feed = pictures.length > 0 ? this.#pixels(pictures) : tokens(texts);
    const outputs: Record<string, Tensor> = await this.#model(feed);
    const masks = texts.map(({ mask }) => mask);
    return pooled(outputs, this.#setup.pooling, masks).slice(0, items.length);
  }

  #pixels(pictures: readonly Float32Array[]): Record<string, Tensor> {
    const [height, width] = this.#setup.size;
    const data = new Float32Array(pictures.length * 3 * width * height);
    pictures.forEach((picture, i) => {
      data.set(picture, i * picture.length);
    });
    const pixels = new Tensor('float32', data, [pictures.length, 3, height, width]);
    return { pixel_values: this.#takesHalf ? pixels.to('float16') : pixels };
  }
}

/** All texts of a batch are equally long. */
function tokens(texts: readonly Tokens[]): Record<string, Tensor> {
  const dims = [texts.length, texts[0]?.ids.length ?? 0];
  const tensor = (rows: readonly (readonly number[])[]) =>
    new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), dims);
  return { input_ids: tensor(texts.map(({ ids }) => ids)), attention_mask: tensor(texts.map(({ mask }) => mask)) };
}
