import type { Fit } from './fit.ts';
import { fixedPoint, type Interpolation, type Kernel, kernel, WEIGHT_BITS } from './kernel.ts';
import type { Raster } from './raster.ts';

const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * Pillow's `Image.resize` of 8-bit samples, bit for bit, followed by a crop. Only what the crop keeps is
 * computed. The first pass is along the rows, and 8 bits wide between the passes, as in Pillow.
 */
export function resample(picture: Raster, { width, height, crop }: Fit, interpolation: Interpolation): Raster {
  const across = fixedPoint(kernel(interpolation, picture.width, width, crop.left, crop.width));
  const down = fixedPoint(kernel(interpolation, picture.height, height, crop.top, crop.height));
  // From Pillow 12 on, very tall pictures are first made lower.
  if (picture.height > picture.width * 100 && height < picture.height) {
    return alongRows(alongColumns(picture, down, 0), across, 0, crop.height);
  }
  const firstRow = down.start[0] ?? 0;
  const endRow = (down.start[crop.height - 1] ?? 0) + (down.count[crop.height - 1] ?? 0);
  return alongColumns(alongRows(picture, across, firstRow, endRow), down, firstRow);
}

/** Resizes each of the rows `firstRow` to `endRow`. */
function alongRows(picture: Raster, across: Kernel<Int32Array>, firstRow: number, endRow: number): Raster {
  const { data, channels } = picture;
  const width = across.start.length;
  const out = new Uint8ClampedArray((endRow - firstRow) * width * channels);
  const filterRow = ROW_FILTERS[channels];
  if (filterRow === undefined) throw new RangeError(`${channels} channels`);
  for (let y = firstRow; y < endRow; y++) {
    filterRow(data, y * picture.width * channels, across, out, (y - firstRow) * width * channels);
  }
  return { data: bytesOf(out), width, height: endRow - firstRow, channels };
}

type RowFilter = (
  data: Uint8Array,
  row: number,
  across: Kernel<Int32Array>,
  out: Uint8ClampedArray,
  outRow: number,
) => void;

/**
 * One loop a number of channels, for the sums must stay in registers. Storing clamps to 0..255. Each `as`
 * says what the kernel was made for: that the index is inside; a check would cost as much as the product.
 */
const ROW_FILTERS: Readonly<Record<number, RowFilter>> = {
  1(data, row, { start, count, weights, stride }, out, outRow) {
    for (let x = 0; x < start.length; x++) {
      let p = row + (start[x] as number);
      const w = x * stride;
      const end = w + (count[x] as number);
      let a = HALF;
      for (let i = w; i < end; i++) a = (a + Math.imul(data[p++] as number, weights[i] as number)) | 0;
      out[outRow + x] = a >> WEIGHT_BITS;
    }
  },
  3(data, row, { start, count, weights, stride }, out, outRow) {
    let o = outRow;
    for (let x = 0; x < start.length; x++, o += 3) {
      let p = row + (start[x] as number) * 3;
      const w = x * stride;
      const end = w + (count[x] as number);
      let a = HALF;
      let b = HALF;
      let c = HALF;
      for (let i = w; i < end; i++, p += 3) {
        const weight = weights[i] as number;
        a = (a + Math.imul(data[p] as number, weight)) | 0;
        b = (b + Math.imul(data[p + 1] as number, weight)) | 0;
        c = (c + Math.imul(data[p + 2] as number, weight)) | 0;
      }
      out[o] = a >> WEIGHT_BITS;
      out[o + 1] = b >> WEIGHT_BITS;
      out[o + 2] = c >> WEIGHT_BITS;
    }
  },
  4(data, row, { start, count, weights, stride }, out, outRow) {
    let o = outRow;
    for (let x = 0; x < start.length; x++, o += 4) {
      let p = row + (start[x] as number) * 4;
      const w = x * stride;
      const end = w + (count[x] as number);
      let a = HALF;
      let b = HALF;
      let c = HALF;
      let d = HALF;
      for (let i = w; i < end; i++, p += 4) {
        const weight = weights[i] as number;
        a = (a + Math.imul(data[p] as number, weight)) | 0;
        b = (b + Math.imul(data[p + 1] as number, weight)) | 0;
        c = (c + Math.imul(data[p + 2] as number, weight)) | 0;
        d = (d + Math.imul(data[p + 3] as number, weight)) | 0;
      }
      out[o] = a >> WEIGHT_BITS;
      out[o + 1] = b >> WEIGHT_BITS;
      out[o + 2] = c >> WEIGHT_BITS;
      out[o + 3] = d >> WEIGHT_BITS;
    }
  },
};

/** Resizes each column; the picture's first row is row `firstRow` of what the kernel was made for. */
function alongColumns(picture: Raster, down: Kernel<Int32Array>, firstRow: number): Raster {
  const { data, width, channels } = picture;
  const row = width * channels;
  const height = down.start.length;
  const out = new Uint8ClampedArray(height * row);
  const sums = new Int32Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    const first = ((down.start[y] as number) - firstRow) * row;
    addRows(data, first, row, down.weights, y * down.stride, down.count[y] as number, sums);
    const o = y * row;
    for (let x = 0; x < row; x++) out[o + x] = (sums[x] as number) >> WEIGHT_BITS;
  }
  return { data: bytesOf(out), width, height, channels };
}

/** Four rows at a time, so that a sum is loaded and stored once for four products. */
function addRows(
  data: Uint8Array,
  first: number,
  row: number,
  weights: Int32Array,
  firstWeight: number,
  count: number,
  sums: Int32Array,
): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const w0 = weights[firstWeight + i] as number;
    const w1 = weights[firstWeight + i + 1] as number;
    const w2 = weights[firstWeight + i + 2] as number;
    const w3 = weights[firstWeight + i + 3] as number;
    const p0 = first + i * row;
    const p1 = p0 + row;
    const p2 = p1 + row;
    const p3 = p2 + row;
    for (let x = 0; x < row; x++) {
      sums[x] =
        ((sums[x] as number) +
          Math.imul(data[p0 + x] as number, w0) +
          Math.imul(data[p1 + x] as number, w1) +
          Math.imul(data[p2 + x] as number, w2) +
          Math.imul(data[p3 + x] as number, w3)) |
        0;
    }
  }
  for (; i < count; i++) {
    const weight = weights[firstWeight + i] as number;
    const p = first + i * row;
    for (let x = 0; x < row; x++) sums[x] = ((sums[x] as number) + Math.imul(data[p + x] as number, weight)) | 0;
  }
}

function bytesOf(clamped: Uint8ClampedArray<ArrayBuffer>): Uint8Array {
  return new Uint8Array(clamped.buffer);
}
