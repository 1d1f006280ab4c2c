import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from '../../imaging/image-error.ts';
import { PixelScale } from '../../imaging/pixel-scale.ts';
import { type PictureRecipe, preparePicture } from '../../imaging/prepare-picture.ts';
import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type ModelContext,
  type PreparedImage,
} from '../embedding-plugin.ts';
import { ClipTokenizer } from './clip-tokenizer.ts';
import { type PreprocessConfig, readModelConfig, readPreprocessConfig } from './model-config.ts';
import { findModelFolder } from './model-folder.ts';
import type { ClipOptions } from './options.ts';
import { Tower } from './tower.ts';

/** More at once is hardly faster, and a search waits until the batch that runs is done. */
const FREE_BATCH = 32;
const BATCH_OF_SINGLE_RUNS = 8;

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
  readonly maxConcurrency = 1;
  readonly #visual: Tower;
  readonly #recipe: PictureRecipe;
  readonly #text: TextTower | undefined;

  private constructor(
    dimensions: number,
    options: ClipOptions,
    visual: Tower,
    recipe: PictureRecipe,
    text?: TextTower,
  ) {
    this.dimensions = dimensions;
    this.normalized = options.normalize;
    this.modalities = text === undefined ? ['image'] : ['image', 'text'];
    this.maxBatch = {
      image: maxBatch(visual, options),
      text: text === undefined ? 0 : maxBatch(text.tower, options),
    };
    this.#visual = visual;
    this.#recipe = recipe;
    this.#text = text;
  }

  /** @throws EmbeddingError MODEL_MISSING, MODEL_FAILED */
  static async load(options: ClipOptions, { modelFolders, threads }: ModelContext): Promise<ClipModel> {
    const search = await findModelFolder(options, modelFolders);
    if (!search.found) throw new EmbeddingError('MODEL_MISSING', 'final', search.reason);
    const folder = search.path;
    const config = await readModelConfig(folder);
    const recipe = recipeOf(await readPreprocessConfig(folder));
    const { width, height } = recipe.size;
    const visual = await Tower.open(join(folder, 'visual', 'model.onnx'), [3, height, width], threads);
    const text = existsSync(join(folder, 'textual'))
      ? await openText(folder, await ClipTokenizer.open(folder, config), threads)
      : undefined;
    await checkOutput(folder, 'visual', visual, new Float32Array(3 * height * width), config.embed_dim, options);
    if (text) await checkOutput(folder, 'textual', text.tower, text.tokenizer.encode(''), config.embed_dim, options);
    return new ClipModel(config.embed_dim, options, visual, recipe, text);
  }

  async prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    try {
      return await preparePicture(bytes, this.#recipe, { signal });
    } catch (error) {
      throw error instanceof ImageError ? mediaError(error) : error;
    }
  }

  async embedImages(images: readonly PreparedImage[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    const pixels = images.map((image) => {
      if (image instanceof Float32Array) return image;
      throw new TypeError('an image was not prepared by this model');
    });
    return this.#finish(await this.#visual.run(pixels, signal));
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
    await this.#visual[Symbol.asyncDispose]();
    await this.#text?.tower[Symbol.asyncDispose]();
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

interface TextTower {
  readonly tower: Tower;
  readonly tokenizer: ClipTokenizer;
}

async function openText(folder: string, tokenizer: ClipTokenizer, threads: number): Promise<TextTower> {
  const tower = await Tower.open(join(folder, 'textual', 'model.onnx'), [tokenizer.contextLength], threads);
  return { tower, tokenizer };
}

/** Runs the graph once, to know that its vectors are what the configuration and the options ask for. */
async function checkOutput(
  folder: string,
  part: 'visual' | 'textual',
  tower: Tower,
  probe: Float32Array | Int32Array,
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

function recipeOf(config: PreprocessConfig): PictureRecipe {
  const [height, width] = config.size;
  return {
    size: { width, height },
    resizeMode: config.resize_mode,
    interpolation: config.interpolation,
    scale: new PixelScale(config.mean, config.std),
  };
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

const MEDIA_CODES = {
  unreadable: 'MEDIA_UNREADABLE',
  unsupported: 'MEDIA_UNSUPPORTED',
  'too-large': 'MEDIA_TOO_LARGE',
} as const;

function mediaError(error: ImageError): EmbeddingError {
  return new EmbeddingError(MEDIA_CODES[error.code], 'input', error.message, { cause: error });
}
