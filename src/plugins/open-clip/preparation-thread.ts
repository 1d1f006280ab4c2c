/** A thread that prepares pictures. */
import { workerData } from 'node:worker_threads';
import { ImageError, MEDIA_CODES } from '../../imaging/image-error.ts';
import { PixelScale } from '../../imaging/pixel-scale.ts';
import { type PictureRecipe, preparePicture } from '../../imaging/prepare-picture.ts';
import { EmbeddingError } from '../embedding-plugin.ts';
import { type Answerer, answerRequests } from './answer-requests.ts';
import type { PreparationRequest, PreparationSetup } from './preparation.ts';

class Preparer implements Answerer<PreparationRequest, void> {
  readonly #recipe: PictureRecipe;

  constructor({ config, maxPixels }: PreparationSetup) {
    const [height, width] = config.size;
    this.#recipe = {
      size: { width, height },
      resizeMode: config.resize_mode,
      interpolation: config.interpolation,
      scale: new PixelScale(config.mean, config.std),
      maxPixels,
    };
  }

  async answer({ bytes, target }: PreparationRequest, signal: AbortSignal): Promise<void> {
    try {
      await preparePicture(bytes, this.#recipe, target, { signal });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new EmbeddingError(MEDIA_CODES[error.code], 'input', error.message, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const setup: PreparationSetup = workerData;
answerRequests(Promise.resolve(new Preparer(setup)));
