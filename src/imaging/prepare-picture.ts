import { cmykToRgb, premultiply, unpremultiply } from './colour.ts';
import { type DecodedPicture, decodePicture } from './decode.ts';
import { fitPicture, type ResizeMode, type Size } from './fit.ts';
import type { Interpolation } from './kernel.ts';
import { nearest } from './nearest.ts';
import type { PixelScale } from './pixel-scale.ts';
import type { Raster } from './raster.ts';
import { resample } from './resample.ts';
import { resample16Bit } from './resample-16-bit.ts';

/** What a model wants of a picture. */
export interface PictureRecipe {
  /** In pixels; a square where the mode is `shortest`. */
  readonly size: Size;
  readonly resizeMode: ResizeMode;
  readonly interpolation: Interpolation;
  readonly scale: PixelScale;
  /** Pictures of more pixels are refused. Default: Pillow's limit, about 179 million. */
  readonly maxPixels?: number | undefined;
}

/**
 * Makes of a picture file what open_clip's evaluation transform makes of it with Pillow: float32 of shape
 * 3 x height x width.
 *
 * @throws ImageError
 */
export async function preparePicture(
  bytes: Uint8Array,
  recipe: PictureRecipe,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Float32Array> {
  signal?.throwIfAborted();
  const picture = await decodePicture(bytes, recipe.maxPixels);
  signal?.throwIfAborted();
  return recipe.scale.planes(resizePicture(picture, recipe));
}

/**
 * Resizes in the picture's own mode and converts what is left to grey or RGB after that, as torchvision
 * does. A fourth channel of the result has no meaning.
 */
export function resizePicture(
  picture: DecodedPicture,
  { size, resizeMode, interpolation }: Omit<PictureRecipe, 'scale'>,
): Raster {
  const target = fitPicture(picture, size, resizeMode);
  switch (picture.mode) {
    case 'P':
    case '1':
      return nearest(picture, target);
    case 'I;16':
      return resample16Bit(picture, target, interpolation);
    case 'CMYK':
      return cmykToRgb(resample(picture, target, interpolation));
    case 'RGBA': {
      // Pillow does not premultiply where there is nothing to resize.
      const asItIs = target.width === picture.width && target.height === picture.height;
      if (asItIs) return resample(picture, target, interpolation);
      return unpremultiply(resample(premultiply(picture), target, interpolation));
    }
    case 'L':
    case 'RGB':
      return resample(picture, target, interpolation);
  }
}
