import type { Size } from '../../imaging/fit.ts';
import { PixelScale } from '../../imaging/pixel-scale.ts';
import type { PictureRecipe } from '../../imaging/prepare-picture.ts';
import type { PictureConfig } from './picture-config.ts';

/** What a model's files say of pictures, in the words of those who prepare them. */
export function pictureRecipe(config: PictureConfig, maxPixels?: number): PictureRecipe {
  return {
    size: sizeOf(config.size),
    resized: config.resized && sizeOf(config.resized),
    resizeMode: config.resizeMode,
    interpolation: config.interpolation,
    fill: config.fill,
    scale: new PixelScale(config.mean, config.std, config.factor),
    maxPixels,
  };
}

function sizeOf([height, width]: readonly [number, number]): Size {
  return { width, height };
}
