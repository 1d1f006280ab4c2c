import type { Raster } from './raster.ts';

/**
 * torchvision's ToTensor and Normalize: (value / 255 - mean) / std in float32, from a table of 3 x 256.
 * Mean and standard deviation are of red, green and blue, in units of full scale.
 */
export class PixelScale {
  readonly #table = new Float32Array(3 * 256);

  constructor(mean: readonly number[], std: readonly number[]) {
    for (let c = 0; c < 3; c++) {
      const [m, s] = [mean[c], std[c]];
      if (m === undefined || s === undefined) throw new RangeError('mean and std have three numbers each');
      for (let value = 0; value < 256; value++) {
        const centred = Math.fround(Math.fround(value / 255) - Math.fround(m));
        this.#table[c * 256 + value] = centred / Math.fround(s);
      }
    }
  }

  /** The picture as float32 planes of red, green and blue, 3 x height x width. One channel is taken for all three. */
  planes({ data, width, height, channels }: Raster): Float32Array {
    const size = width * height;
    const out = new Float32Array(3 * size);
    const table = this.#table;
    const green = channels < 3 ? 0 : 1;
    const blue = channels < 3 ? 0 : 2;
    for (let i = 0, p = 0; i < size; i++, p += channels) {
      out[i] = table[data[p] as number] as number;
      out[size + i] = table[256 + (data[p + green] as number)] as number;
      out[2 * size + i] = table[512 + (data[p + blue] as number)] as number;
    }
    return out;
  }
}
