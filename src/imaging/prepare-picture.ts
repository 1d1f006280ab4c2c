import { locks } from 'node:worker_threads';
import { cmykToRgb, lowBytes, unpremultiply } from './colour.ts';
import { type DecodedPicture, PictureFile } from './decode.ts';
import { type Fit, fitPicture, fitProcessedPicture, isAsItIs, type ResizeMode, type Size } from './fit.ts';
import { type Interpolation, type Kernel, kernel } from './kernel.ts';
import { nearest } from './nearest.ts';
import type { PixelScale } from './pixel-scale.ts';
import { fillOf, placeInMiddle } from './place-in-middle.ts';
import type { Raster } from './raster.ts';
import { resample } from './resample.ts';
import { resample16Bit } from './resample-16-bit.ts';

/** The pixels that a model wants of a picture. */
export interface ResizeRecipe {
  /** In pixels. */
  readonly size: Size;
  readonly resizeMode: ResizeMode;
  readonly interpolation: Interpolation;
  /**
   * Given, the picture is made RGB, resized to this and cropped to `size`, as Hugging Face's image processors
   * do it; a square of which the side is meant where the mode is `shortest`. Default: as torchvision does.
   */
  readonly resized?: Size | undefined;
  /** What a picture that is smaller than `size` lies on, with the mode `longest`: 0 to 255, one for all channels. */
  readonly fill?: number | undefined;
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
 * Makes of a picture file what open_clip's evaluation transform makes of it with Pillow, or an image processor
 * of Hugging Face.
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
 * does; or the other way round. A fourth channel of the result has no meaning.
 *
 * @throws ImageError
 */
export async function resizePicture(
  bytes: Uint8Array,
  { size, resizeMode, interpolation, resized: sizeBeforeCrop, fill = 0, maxPixels }: ResizeRecipe,
  { signal }: CallOptions = {},
): Promise<Raster> {
  signal?.throwIfAborted();
  const file = await PictureFile.open(bytes, maxPixels);
  signal?.throwIfAborted();
  const fit = sizeBeforeCrop
    ? fitProcessedPicture(file, sizeBeforeCrop, size, resizeMode)
    : fitPicture(file, size, resizeMode);
  const across = kernel(interpolation, fit.across);
  const down = kernel(interpolation, fit.down);
  const makeIt = async () => {
    // Only the columns that the crop keeps; all the rows, so that a file that lacks the last is noticed.
    const picture = await file.decode({ left: across.first, width: across.end - across.first });
    signal?.throwIfAborted();
    const resized = sizeBeforeCrop
      ? resample(colours(picture), across, down, resampling(fit, across))
      : resize(picture, fit, across, down);
    letGo(picture.data);
    return placeInMiddle(resized, size, fillOf(picture.mode, fill));
  };
  if (file.width * file.height <= LARGE) return makeIt();
  return locks.request('viewfinder: a large picture', signal ? { signal } : {}, makeIt);
}

/** Pillow's `convert('RGB')`; grey stands for three equal channels, and a fourth has no meaning. */
function colours(picture: DecodedPicture): Raster {
  if (picture.mode === 'I;16') return lowBytes(picture);
  return picture.mode === 'CMYK' ? cmykToRgb(picture) : picture;
}

function resampling({ across, down }: Fit, { first: left }: Kernel) {
  // From Pillow 12 on, very tall pictures are first made lower.
  return { left, columnsFirst: down.input > across.input * 100 && down.output < down.input };
}

function resize(picture: DecodedPicture, fit: Fit, across: Kernel, down: Kernel): Raster {
  const options = resampling(fit, across);
  const { left } = options;
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
