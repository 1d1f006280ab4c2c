import type { Axis, Fit } from './fit.ts';
import type { Raster } from './raster.ts';

/**
 * Pillow's nearest neighbour (`ImagingScaleAffine` in Geometry.c), then a crop.
 *
 * @param left how many of the picture's columns are missing before the first
 */
export function nearest(picture: Raster, left: number, { across, down }: Fit): Raster {
  const { channels } = picture;
  const columns = positions(across);
  const data = new Uint8Array(across.length * down.length * channels);
  let out = 0;
  for (const y of positions(down)) {
    for (const x of columns) {
      const p = (y * picture.width + x - left) * channels;
      for (let c = 0; c < channels; c++) data[out++] = picture.data[p + c] as number;
    }
  }
  return { data, width: across.length, height: down.length, channels };
}

/** Pillow adds the step up sample by sample; a product would round otherwise. */
function positions({ input, output, from, length }: Axis): Int32Array {
  const step = input / output;
  const found = new Int32Array(length);
  let position = step * 0.5;
  for (let i = 0; i < from + length; i++, position += step) if (i >= from) found[i - from] = Math.trunc(position);
  return found;
}
