/** A thread that prepares pictures. */
import { workerData } from 'node:worker_threads';
import { ImageError, MEDIA_CODES } from '../../imaging/image-error.ts';
import { type PictureRecipe, preparePicture, resizePicture } from '../../imaging/prepare-picture.ts';
import { writeRgb } from '../../imaging/rgb-bytes.ts';
import { EmbeddingError } from '../embedding-plugin.ts';
import { type Answerer, answerRequests } from '../threads/answer-requests.ts';
import { pictureRecipe } from './picture-recipe.ts';
import type { PreparationRequest, PreparationSetup } from './preparation.ts';

class Preparer implements Answerer<PreparationRequest, void> {
  readonly #recipe: PictureRecipe;

  constructor({ config, maxPixels }: PreparationSetup) {
    this.#recipe = pictureRecipe(config, maxPixels);
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

const setup: PreparationSetup = workerData;
answerRequests(Promise.resolve(new Preparer(setup)));
