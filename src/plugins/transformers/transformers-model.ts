import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type ImageRuns,
  type ModelContext,
  type PreparedImage,
} from '../embedding-plugin.ts';
import { executionProviders } from '../onnx-device.ts';
import { Preparation, preparedPictures } from '../pictures/preparation.ts';
import { imageRuns } from '../threads/image-runs.ts';
import { unit } from '../unit-vector.ts';
import type { Encoder } from './encoder.ts';
import { readImageProcessor } from './image-processor.ts';
import { readModelConfig } from './model-config.ts';
import { findModelFolder } from './model-folder.ts';
import { type GraphNames, sizeOfGraph } from './onnx-files.ts';
import type { ModelChoice, Pooling } from './options.ts';
import { readOutputRules } from './output-rules.ts';
import { openText, openVision, type TextPart } from './parts.ts';

/** More at once is hardly faster. */
const FREE_BATCH = 32;
const BATCH_OF_SINGLE_RUNS = 8;

/** A model of Hugging Face's transformers, exported to ONNX in the layout of transformers.js. */
export class TransformersModel implements EmbeddingModel {
  readonly dimensions: number;
  /** LanceDB's default, by which Pixano searches. */
  readonly distance = 'l2';
  readonly normalized: boolean;
  readonly modalities: EmbeddingModel['modalities'];
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly imageRuns: ImageRuns | undefined;
  readonly #parts: Parts;
  readonly #threads: AsyncDisposable;

  private constructor(choice: ModelChoice, normalized: boolean, parts: Parts, threads: AsyncDisposable) {
    const { vision, text, imageRuns } = parts;
    this.dimensions = vision.dimensions;
    this.normalized = normalized;
    this.modalities = text ? ['image', 'text'] : ['image'];
    this.maxBatch = { image: maxBatch(vision, choice), text: text ? maxBatch(text.encoder, choice) : 0 };
    // One more than run: it waits beside them, so that none of them ever waits for it.
    this.maxConcurrency = vision.copies + 1;
    this.imageRuns = imageRuns;
    this.#parts = parts;
    this.#threads = threads;
  }

  /** @throws EmbeddingError MODEL_MISSING, MODEL_FAILED */
  static async load(
    choice: ModelChoice,
    { modelFolders, threads, maxPixels, device, imageRuns: measured }: ModelContext,
  ): Promise<TransformersModel> {
    const search = await findModelFolder(choice, modelFolders);
    if (!search.found) throw new EmbeddingError('MODEL_MISSING', 'final', search.reason);
    const { path: folder, graphs } = search;
    const [config, processor, rules, providers] = await Promise.all([
      readModelConfig(folder),
      readImageProcessor(folder),
      readOutputRules(folder),
      executionProviders(device),
    ]);
    const pooling: Pooling = choice.pooling === 'auto' ? (rules?.pooling ?? 'auto') : choice.pooling;
    checkPooling(folder, graphs, pooling);
    const setup = { folder, dtype: choice.dtype, pooling, size: processor.size, threads, providers };
    const size = await sizeOfGraph(folder, graphs.vision, choice.dtype);
    const runs = imageRuns({ threads, imageRuns: measured, providers }, size);
    await using opened = new AsyncDisposableStack();
    const opening = [openVision(setup, graphs, runs), openText(setup, graphs, config)] as const;
    // Both are waited for, so that the one is closed where the other fails.
    for (const each of await Promise.allSettled(opening)) {
      if (each.status === 'fulfilled' && each.value) opened.use(each.value);
    }
    const [vision, text] = await Promise.all(opening);
    if (text && text.encoder.dimensions !== vision.dimensions) {
      const message = `The model ${folder} gives vectors of ${vision.dimensions} numbers for pictures and of ${text.encoder.dimensions} for texts: they are not of one space.`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message);
    }
    const preparation = { config: processor, asBytes: false, maxPixels };
    const pictures = opened.use(new Preparation(preparation, threads));
    const normalized = choice.normalize ?? rules?.normalize ?? true;
    const changeable = providers.includes('cuda') ? undefined : runs;
    return new TransformersModel(choice, normalized, { vision, pictures, text, imageRuns: changeable }, opened.move());
  }

  prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    return this.#parts.pictures.prepare(bytes, signal);
  }

  async embedImages(images: readonly PreparedImage[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    const { vision, pictures } = this.#parts;
    const prepared = preparedPictures(images);
    const pixels = prepared.map((picture) => picture.pixels).filter((each) => each instanceof Float32Array);
    const vectors = await vision.run(pixels, signal);
    pictures.release(prepared);
    return this.#finish(vectors);
  }

  async embedTexts(texts: readonly string[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    const { text } = this.#parts;
    if (text === undefined) {
      throw new EmbeddingError(
        'MODEL_REFUSED',
        'final',
        'This model embeds images alone: its folder has no text_model.',
      );
    }
    if (texts.length === 0) return [];
    return this.#finish(await text.encoder.run(text.tokenizer.encode(texts), signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  #finish(vectors: readonly Float32Array[]): Float32Array[] {
    return this.normalized ? vectors.map(unit) : [...vectors];
  }
}

interface Parts {
  readonly vision: Encoder;
  readonly pictures: Preparation;
  readonly text: TextPart | undefined;
  readonly imageRuns: ImageRuns | undefined;
}

/** The projections are what brings pictures and texts into one space. */
function checkPooling(folder: string, { text }: GraphNames, pooling: Pooling): void {
  if (text === null || pooling === 'auto') return;
  const message = `The model ${folder} has texts beside pictures, and a vector space for both: its pooling cannot be chosen.`;
  throw new EmbeddingError('MODEL_REFUSED', 'final', message);
}

function maxBatch({ fixedBatch }: Encoder, { batchSize }: ModelChoice): number {
  const most = fixedBatch === null ? FREE_BATCH : Math.max(BATCH_OF_SINGLE_RUNS, fixedBatch);
  return Math.min(most, batchSize);
}
