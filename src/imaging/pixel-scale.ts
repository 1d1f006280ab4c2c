import type { Raster } from './raster.ts';
import { ResampleMemory } from './resample-memory.ts';

/**
 * torchvision's ToTensor and Normalize: (value / 255 - mean) / std in float32, from a table of 3 x 256.
 * Mean and standard deviation are of red, green and blue, in units of full scale. Another factor than 1 / 255
 * is that of an image processor of Hugging Face.
 */
export class PixelScale {
  readonly #table = new Float32Array(3 * 256);

  constructor(mean: readonly number[], std: readonly number[], factor = 1 / 255) {
    for (let c = 0; c < 3; c++) {
      const [m, s] = [mean[c], std[c]];
      if (m === undefined || s === undefined) throw new RangeError('mean and std have three numbers each');
      for (let value = 0; value < 256; value++) {
        const centred = Math.fround(Math.fround(value * factor) - Math.fround(m));
        this.#table[c * 256 + value] = centred / Math.fround(s);
      }
    }
  }

  /** Writes planes of red, green and blue, 3 x height x width. One channel is taken for all three. */
  write({ data, width, height, channels }: Raster, target: Float32Array): void {
    const size = width * height;
    ResampleMemory.use((memory) => {
      const table = memory.reserve(this.#table.byteLength);
      const source = memory.reserve(data.length);
      const planes = memory.reserve(3 * size * Float32Array.BYTES_PER_ELEMENT);
      memory.floats(table, this.#table.length).set(this.#table);
      memory.bytes(source, data.length).set(data);
      memory.kernel.planes(source, size, channels, channels < 3 ? 0 : 1, table, planes);
      target.set(memory.floats(planes, 3 * size));
    });
  }
}
