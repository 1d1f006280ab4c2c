import type { Fit } from './fit.ts';
import type { Raster } from './raster.ts';

/** Pillow's nearest neighbour (`ImagingScaleAffine` in Geometry.c), then a crop. */
export function nearest(picture: Raster, { width, height, crop }: Fit): Raster {
  const { channels } = picture;
  const columns = positions(picture.width, width, crop.left, crop.width);
  const rows = positions(picture.height, height, crop.top, crop.height);
  const data = new Uint8Array(crop.width * crop.height * channels);
  let out = 0;
  for (const y of rows) {
    for (const x of columns) {
      const p = (y * picture.width + x) * channels;
      for (let c = 0; c < channels; c++) data[out++] = picture.data[p + c] as number;
    }
  }
  return { data, width: crop.width, height: crop.height, channels };
}

/** Pillow adds the step up sample by sample; a product would round otherwise. */
function positions(input: number, output: number, from: number, length: number): Int32Array {
  const step = input / output;
  const found = new Int32Array(length);
  let position = step * 0.5;
  for (let i = 0; i < from + length; i++, position += step) if (i >= from) found[i - from] = Math.trunc(position);
  return found;
}
