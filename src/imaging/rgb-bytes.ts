import type { Raster } from './raster.ts';

/** Writes red, green and blue, interleaved: height x width x 3. One channel is taken for all three. */
export function writeRgb({ data, width, height, channels }: Raster, target: Uint8Array): void {
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) target[pixel * 3 + c] = data[pixel * channels + (channels < 3 ? 0 : c)] as number;
  }
}
