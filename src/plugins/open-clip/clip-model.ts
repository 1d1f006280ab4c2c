import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type ModelContext,
  type PreparedImage,
} from '../embedding-plugin.ts';
import { ClipTokenizer } from './clip-tokenizer.ts';
import { type ModelConfig, type PreprocessConfig, readModelConfig, readPreprocessConfig } from './model-config.ts';
import { findModelFolder } from './model-folder.ts';
import type { ClipOptions } from './options.ts';
import { Preparation, PreparedPicture } from './preparation.ts';
import { Tower, type TowerItem } from './tower.ts';

/** More at once is hardly faster. */
const FREE_BATCH = 32;
const BATCH_OF_SINGLE_RUNS = 8;

/** libuv runs so many decoders at once. */
const DECODERS = 4;

/** Of a graph of more bytes there is one copy. */
const LARGE_GRAPH = 1024 ** 3;

/** A vector counts as of length 1 when it is as near as this to it. */
const UNIT_TOLERANCE = 1e-3;

/** An OpenCLIP model, as Immich exports them. */
export class ClipModel implements EmbeddingModel {
  readonly dimensions: number;
  /** LanceDB's default, by which Pixano searches. */
  readonly distance = 'l2';
  readonly normalized: boolean;
  readonly modalities: EmbeddingModel['modalities'];
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly #visual: Tower;
  readonly #pictures: Preparation;
  readonly #text: TextTower | undefined;
  readonly #threads: AsyncDisposable;

  private constructor(
    dimensions: number,
    options: ClipOptions,
    { visual, pictures, text }: { visual: Tower; pictures: Preparation; text: TextTower | undefined },
    threads: AsyncDisposable,
  ) {
    this.dimensions = dimensions;
    this.normalized = options.normalize;
    this.modalities = text === undefined ? ['image'] : ['image', 'text'];
    this.maxBatch = {
      image: maxBatch(visual, options),
      text: text === undefined ? 0 : maxBatch(text.tower, options),
    };
    // One more than run: it waits beside them, so that none of them ever waits for it.
    this.maxConcurrency = visual.copies + 1;
    this.#visual = visual;
    this.#pictures = pictures;
    this.#text = text;
    this.#threads = threads;
  }

  /** @throws EmbeddingError MODEL_MISSING, MODEL_FAILED */
  static async load(options: ClipOptions, { modelFolders, threads, maxPixels }: ModelContext): Promise<ClipModel> {
    const search = await findModelFolder(options, modelFolders);
    if (!search.found) throw new EmbeddingError('MODEL_MISSING', 'final', search.reason);
    const folder = search.path;
    const config = await readModelConfig(folder);
    const preprocess = await readPreprocessConfig(folder);
    await using opened = new AsyncDisposableStack();
    const opening = [
      openVisual(join(folder, 'visual'), preprocess, threads),
      openText(folder, config, threads),
    ] as const;
    // Both are waited for, so that the one is closed where the other fails.
    for (const each of await Promise.allSettled(opening)) {
      if (each.status === 'fulfilled' && each.value) opened.use(each.value);
    }
    const [visual, text] = await Promise.all(opening);
    const probe = new Float32Array(preprocess.size.reduce((product, side) => product * side, 3));
    await checkOutput(folder, 'visual', visual, probe, config.embed_dim, options);
    if (text) await checkOutput(folder, 'textual', text.tower, text.tokenizer.encode(''), config.embed_dim, options);
    const pictures = opened.use(new Preparation({ config: preprocess, maxPixels }, Math.min(threads, DECODERS)));
    return new ClipModel(config.embed_dim, options, { visual, pictures, text }, opened.move());
  }

  prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    return this.#pictures.prepare(bytes, signal);
  }

  async embedImages(images: readonly PreparedImage[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    const pictures = images.map((image) => {
      if (image instanceof PreparedPicture) return image;
      throw new TypeError('an image was not prepared by this model');
    });
    const vectors = await this.#visual.run(
      pictures.map(({ pixels }) => pixels),
      signal,
    );
    this.#pictures.release(pictures);
    return this.#finish(vectors);
  }

  async embedTexts(texts: readonly string[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    if (this.#text === undefined) {
      throw new EmbeddingError(
        'MODEL_REFUSED',
        'final',
        'This model embeds images alone: its folder has no textual part.',
      );
    }
    const { tower, tokenizer } = this.#text;
    const tokens = texts.map((text) => tokenizer.encode(text));
    return this.#finish(await tower.run(tokens, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  /**
   * Most graphs normalise already, some in half precision. To do it once more moves such a vector by less
   * than a float's last digit, and is right for every graph.
   */
  #finish(vectors: Float32Array[]): Float32Array[] {
    if (!this.normalized) return vectors;
    return vectors.map((vector) => {
      const length = lengthOf(vector);
      return vector.map((component) => component / length);
    });
  }
}

interface TextTower extends AsyncDisposable {
  readonly tower: Tower;
  readonly tokenizer: ClipTokenizer;
}

/**
 * Two batches at once on half of the threads each take a third less of the processor's time than one batch
 * on all of them, at the price of a second copy of the weights.
 */
async function openVisual(folder: string, { size }: PreprocessConfig, threads: number): Promise<Tower> {
  const copies = threads > 1 && (await sizeOf(folder)) <= LARGE_GRAPH ? 2 : 1;
  const setup = { file: join(folder, 'model.onnx'), itemShape: [3, ...size], patient: true };
  return Tower.open({ ...setup, threads: Math.floor(threads / copies) }, copies);
}

/** A text is a person who waits. Undefined for a model of images alone. */
async function openText(folder: string, config: ModelConfig, threads: number): Promise<TextTower | undefined> {
  if (!existsSync(join(folder, 'textual'))) return undefined;
  const tokenizer = await ClipTokenizer.open(folder, config);
  const file = join(folder, 'textual', 'model.onnx');
  const tower = await Tower.open({ file, itemShape: [tokenizer.contextLength], patient: false, threads }, 1);
  return { tokenizer, tower, [Symbol.asyncDispose]: () => tower[Symbol.asyncDispose]() };
}

/** Bytes of the files in a folder: a large graph has its weights beside it. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => stat(join(folder, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Runs the graph once, to know that its vectors are what the configuration and the options ask for. */
async function checkOutput(
  folder: string,
  part: 'visual' | 'textual',
  tower: Tower,
  probe: TowerItem,
  dimensions: number,
  { normalize }: ClipOptions,
): Promise<void> {
  const [vector] = await tower.run([probe]);
  const fail = (reason: string) => new EmbeddingError('MODEL_FAILED', 'final', `The model ${folder} ${reason}`);
  if (vector?.length !== dimensions) {
    throw fail(`gives ${part} vectors of ${vector?.length} numbers, but its config.json says ${dimensions}.`);
  }
  if (!normalize && Math.abs(lengthOf(vector) - 1) <= UNIT_TOLERANCE) {
    throw fail(
      'normalises its vectors itself, so that those of the option normalize = false cannot be had from it. ' +
        'Leave the option at true in a new table, or use a model that is exported without normalisation.',
    );
  }
}

function maxBatch({ fixedBatch }: Tower, options: ClipOptions): number {
  const most = fixedBatch === null ? FREE_BATCH : Math.max(BATCH_OF_SINGLE_RUNS, fixedBatch);
  return Math.min(most, options.batch_size);
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const component of vector) sum += component * component;
  return Math.sqrt(sum);
}
