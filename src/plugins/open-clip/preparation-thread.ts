/** A thread that prepares pictures. */
import { workerData } from 'node:worker_threads';
import type { Size } from '../../imaging/fit.ts';
import { ImageError, MEDIA_CODES } from '../../imaging/image-error.ts';
import { PixelScale } from '../../imaging/pixel-scale.ts';
import { type PictureRecipe, preparePicture, resizePicture } from '../../imaging/prepare-picture.ts';
import { writeRgb } from '../../imaging/rgb-bytes.ts';
import { EmbeddingError } from '../embedding-plugin.ts';
import { type Answerer, answerRequests } from './answer-requests.ts';
import type { PreparationRequest, PreparationSetup } from './preparation.ts';

class Preparer implements Answerer<PreparationRequest, void> {
  readonly #recipe: PictureRecipe;

  constructor({ config, maxPixels }: PreparationSetup) {
    this.#recipe = {
      size: sizeOf(config.size),
      resized: config.resized && sizeOf(config.resized),
      resizeMode: config.resizeMode,
      interpolation: config.interpolation,
      fill: config.fill,
      scale: new PixelScale(config.mean, config.std, config.factor),
      maxPixels,
    };
  }

  async answer({ bytes, target }: PreparationRequest, signal: AbortSignal): Promise<void> {
    try {
      if (target instanceof Float32Array) await preparePicture(bytes, this.#recipe, target, { signal });
      else writeRgb(await resizePicture(bytes, this.#recipe, { signal }), target);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new EmbeddingError(MEDIA_CODES[error.code], 'input', error.message, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function sizeOf([height, width]: readonly [number, number]): Size {
  return { width, height };
}

const setup: PreparationSetup = workerData;
answerRequests(Promise.resolve(new Preparer(setup)));
