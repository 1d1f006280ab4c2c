import type { Kernel } from './kernel.ts';
import type { Raster } from './raster.ts';
import type { ResampleOptions } from './resample.ts';

/**
 * Pillow's `Image.resize` of 16-bit grey (from version 11 on; earlier ones refuse it), then its conversion to
 * 8 bits, which takes every value above 255 for 255.
 */
export function resample16Bit(
  picture: Raster<Uint16Array>,
  across: Kernel,
  down: Kernel,
  { left, columnsFirst }: ResampleOptions,
): Raster {
  const { data, width, height } = columnsFirst
    ? alongRows(alongColumns(picture, down), across, left)
    : alongColumns(alongRows(picture, across, left), down);
  return { data: Uint8Array.from(data, (sample) => Math.min(255, sample)), width, height, channels: 1 };
}

function alongRows({ data, width, height }: Raster<Uint16Array>, across: Kernel, left: number): Raster<Uint16Array> {
  const length = across.start.length;
  const out = new Uint16Array(length * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < length; x++) {
      const p = y * width + (across.start[x] as number) - left;
      let sum = 0;
      for (let i = 0; i < (across.count[x] as number); i++) {
        sum += (data[p + i] as number) * (across.weights[x * across.stride + i] as number);
      }
      out[y * length + x] = toSample(sum);
    }
  }
  return { data: out, width: length, height, channels: 1 };
}

function alongColumns({ data, width }: Raster<Uint16Array>, down: Kernel): Raster<Uint16Array> {
  const length = down.start.length;
  const out = new Uint16Array(width * length);
  for (let y = 0; y < length; y++) {
    for (let x = 0; x < width; x++) {
      const p = (down.start[y] as number) * width + x;
      let sum = 0;
      for (let i = 0; i < (down.count[y] as number); i++) {
        sum += (data[p + i * width] as number) * (down.weights[y * down.stride + i] as number);
      }
      out[y * width + x] = toSample(sum);
    }
  }
  return { data: out, width, height: length, channels: 1 };
}

/** Rounded with halves away from zero, and cut to 16 bits. */
function toSample(sum: number): number {
  return Math.min(0xffff, Math.max(0, Math.floor(sum + 0.5)));
}
