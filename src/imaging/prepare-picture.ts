import { locks } from 'node:worker_threads';
import { cmykToRgb, unpremultiply } from './colour.ts';
import { type DecodedPicture, PictureFile } from './decode.ts';
import { type Fit, fitPicture, isAsItIs, type ResizeMode, type Size } from './fit.ts';
import { type Interpolation, type Kernel, kernel } from './kernel.ts';
import { nearest } from './nearest.ts';
import type { PixelScale } from './pixel-scale.ts';
import type { Raster } from './raster.ts';
import { resample } from './resample.ts';
import { resample16Bit } from './resample-16-bit.ts';

/** The pixels that a model wants of a picture. */
export interface ResizeRecipe {
  /** In pixels; a square where the mode is `shortest`. */
  readonly size: Size;
  readonly resizeMode: ResizeMode;
  readonly interpolation: Interpolation;
  /** Pictures of more pixels are refused. Default: Pillow's limit, about 179 million. */
  readonly maxPixels?: number | undefined;
}

export interface PictureRecipe extends ResizeRecipe {
  readonly scale: PixelScale;
}

/** Pixels of a picture of which only one is in memory at a time, whichever thread prepares it. */
const LARGE = 25_000_000;

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes of a picture file what open_clip's evaluation transform makes of it with Pillow.
 *
 * @param target gets it: float32 of shape 3 x height x width
 * @throws ImageError
 */
export async function preparePicture(
  bytes: Uint8Array,
  recipe: PictureRecipe,
  target: Float32Array,
  options: CallOptions = {},
): Promise<void> {
  recipe.scale.write(await resizePicture(bytes, recipe, options), target);
}

/**
 * Resizes in the picture's own mode and converts what is left to grey or RGB after that, as torchvision
 * does. A fourth channel of the result has no meaning.
 *
 * @throws ImageError
 */
export async function resizePicture(
  bytes: Uint8Array,
  { size, resizeMode, interpolation, maxPixels }: ResizeRecipe,
  { signal }: CallOptions = {},
): Promise<Raster> {
  signal?.throwIfAborted();
  const file = await PictureFile.open(bytes, maxPixels);
  signal?.throwIfAborted();
  const fit = fitPicture(file, size, resizeMode);
  const across = kernel(interpolation, fit.across);
  const down = kernel(interpolation, fit.down);
  const makeIt = async () => {
    // Only the columns that the crop keeps; all the rows, so that a file that lacks the last is noticed.
    const picture = await file.decode({ left: across.first, width: across.end - across.first });
    signal?.throwIfAborted();
    const resized = resize(picture, fit, across, down);
    letGo(picture.data);
    return resized;
  };
  if (file.width * file.height <= LARGE) return makeIt();
  return locks.request('viewfinder: a large picture', signal ? { signal } : {}, makeIt);
}

function resize(picture: DecodedPicture, fit: Fit, across: Kernel, down: Kernel): Raster {
  const left = across.first;
  // From Pillow 12 on, very tall pictures are first made lower.
  const columnsFirst = fit.down.input > fit.across.input * 100 && fit.down.output < fit.down.input;
  const options = { left, columnsFirst };
  switch (picture.mode) {
    case 'P':
    case '1':
      return nearest(picture, left, fit);
    case 'I;16':
      return resample16Bit(picture, across, down, options);
    case 'CMYK':
      return cmykToRgb(resample(picture, across, down, options));
    case 'RGBA': {
      // Pillow does not premultiply where there is nothing to resize.
      const premultiply = !isAsItIs(fit);
      const resized = resample(picture, across, down, { ...options, premultiply });
      return premultiply ? unpremultiply(resized) : resized;
    }
    case 'L':
    case 'RGB':
      return resample(picture, across, down, options);
  }
}

/**
 * Frees the pixels. The garbage collector would leave hundreds of megabytes of them lying about, and each
 * picture would be decoded into memory that is new and therefore slow.
 */
function letGo({ buffer }: DecodedPicture['data']): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
