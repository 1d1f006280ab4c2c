import type { Fit } from './fit.ts';
import { type Interpolation, kernel } from './kernel.ts';
import type { Raster } from './raster.ts';

/**
 * Pillow's `Image.resize` of 16-bit grey (from version 11 on; earlier ones refuse it), then a crop, then
 * its conversion to 8 bits, which takes every value above 255 for 255.
 */
export function resample16Bit(
  picture: Raster<Uint16Array>,
  { width, height, crop }: Fit,
  interpolation: Interpolation,
): Raster {
  const across = kernel(interpolation, picture.width, width, crop.left, crop.width);
  const down = kernel(interpolation, picture.height, height, crop.top, crop.height);
  const firstRow = down.start[0] ?? 0;
  const endRow = (down.start[crop.height - 1] ?? 0) + (down.count[crop.height - 1] ?? 0);
  const rows = new Uint16Array((endRow - firstRow) * crop.width);
  for (let y = firstRow; y < endRow; y++) {
    for (let x = 0; x < crop.width; x++) {
      let sum = 0;
      const p = y * picture.width + (across.start[x] as number);
      for (let i = 0; i < (across.count[x] as number); i++) {
        sum += (picture.data[p + i] as number) * (across.weights[x * across.stride + i] as number);
      }
      rows[(y - firstRow) * crop.width + x] = toSample(sum);
    }
  }
  const data = new Uint8Array(crop.width * crop.height);
  for (let y = 0; y < crop.height; y++) {
    for (let x = 0; x < crop.width; x++) {
      let sum = 0;
      const p = ((down.start[y] as number) - firstRow) * crop.width + x;
      for (let i = 0; i < (down.count[y] as number); i++) {
        sum += (rows[p + i * crop.width] as number) * (down.weights[y * down.stride + i] as number);
      }
      data[y * crop.width + x] = Math.min(255, toSample(sum));
    }
  }
  return { data, width: crop.width, height: crop.height, channels: 1 };
}

/** Resample.c clamps the two bytes apart, so that what is too large keeps its low byte. */
function toSample(sum: number): number {
  const rounded = sum >= 0 ? Math.floor(sum + 0.5) : -Math.floor(0.5 - sum);
  if (rounded < 0) return 0;
  return rounded > 0xffff ? 0xff00 | (rounded & 0xff) : rounded;
}
