import type { Kernel } from './kernel.ts';
import type { Raster } from './raster.ts';
import { ResampleMemory } from './resample-memory.ts';

/** Source rows are taken in strips of so many bytes, which stay in the processor's cache. */
const STRIP = 192 * 1024;

/** Pillow's weights of 8-bit samples are whole numbers of 1 / 2^22. */
const ONE = 1 << 22;

/** 32-bit words before the weights of a sample: where it begins, and how many pairs it has. */
const HEAD = 2;
const BYTES = Int32Array.BYTES_PER_ELEMENT;

export interface ResampleOptions {
  /** How many of the picture's columns are missing before the first of the raster's. */
  readonly left: number;
  /** Whether RGBA gets its colours multiplied by alpha first. */
  readonly premultiply?: boolean;
  /** Whether the columns are resized before the rows. */
  readonly columnsFirst?: boolean;
}

/**
 * Pillow's `Image.resize` of 8-bit samples, bit for bit, of the samples that the kernels keep. Between the
 * two passes samples have 8 bits, as in Pillow.
 */
export function resample(picture: Raster, across: Kernel, down: Kernel, options: ResampleOptions): Raster {
  return ResampleMemory.use((memory) => resampleIn(memory, picture, across, down, options));
}

function resampleIn(
  memory: ResampleMemory,
  { data, width: sourceWidth, channels }: Raster,
  across: Kernel,
  down: Kernel,
  { left, premultiply = false, columnsFirst = false }: ResampleOptions,
): Raster {
  const width = across.start.length;
  const height = down.start.length;
  const { kernel } = memory;
  const rowsOf = rowFilter(memory, channels);
  const acrossTaps = memory.reserve(tapWords(across) * BYTES);
  const downTaps = memory.reserve(tapWords(down) * BYTES);
  const sourceRow = sourceWidth * channels;
  const resizedRow = width * channels;
  // Rows on their way to the second pass, which is the only one that needs several at a time.
  const bandRow = columnsFirst ? sourceRow : resizedRow;
  const stripRows = Math.max(1, Math.floor(STRIP / sourceRow));
  const strip = memory.reserve(stripRows * sourceRow);
  const band = memory.reserve((Math.max(...down.count) + stripRows + 1) * bandRow);
  const lowered = columnsFirst ? memory.reserve(height * sourceRow) : 0;
  const resized = memory.reserve(height * resizedRow);
  writeTaps(memory.words(acrossTaps, tapWords(across)), across, left, channels);
  writeTaps(memory.words(downTaps, tapWords(down)), down, 0, bandRow);
  const stripBytes = memory.bytes(strip, stripRows * sourceRow);
  const all = memory.bytes(0, memory.size);
  const columnTarget = columnsFirst ? lowered : resized;

  let bandStart = down.first;
  let bandEnd = down.first;
  let tap = downTaps;
  for (let y = 0; y < height; y++) {
    const start = down.start[y] as number;
    const count = down.count[y] as number;
    while (bandEnd < start + count) {
      all.copyWithin(band, band + (start - bandStart) * bandRow, band + (bandEnd - bandStart) * bandRow);
      bandStart = start;
      const rows = Math.min(stripRows, down.end - bandEnd);
      stripBytes.set(data.subarray(bandEnd * sourceRow, (bandEnd + rows) * sourceRow));
      const free = band + (bandEnd - bandStart) * bandRow;
      if (premultiply) kernel.premultiply(strip, rows * sourceRow);
      if (columnsFirst) all.copyWithin(free, strip, strip + rows * sourceRow);
      else rowsOf(strip, sourceRow, rows, acrossTaps, width, free);
      bandEnd += rows;
    }
    const pairs = pairsOf(count);
    kernel.column(band + (start - bandStart) * bandRow, bandRow, tap + HEAD * BYTES, pairs, columnTarget + y * bandRow);
    tap += (HEAD + 2 * pairs) * BYTES;
  }
  if (columnsFirst) rowsOf(lowered, sourceRow, height, acrossTaps, width, resized);
  return { data: memory.bytes(resized, height * resizedRow).slice(), width, height, channels };
}

function rowFilter({ kernel }: ResampleMemory, channels: number) {
  switch (channels) {
    case 1:
      return kernel.rowsOf1;
    case 3:
      return kernel.rowsOf3;
    case 4:
      return kernel.rowsOf4;
    default:
      throw new RangeError(`${channels} channels`);
  }
}

function pairsOf(count: number): number {
  return (count + 1) >> 1;
}

function tapWords({ count }: Kernel): number {
  return count.reduce((words, each) => words + HEAD + 2 * pairsOf(each), 0);
}

/** The weights as wasm/resample.ts reads them, rounded as Pillow does: halves away from zero. */
function writeTaps(words: Int32Array, { start, count, weights, stride }: Kernel, left: number, step: number): void {
  let word = 0;
  for (let i = 0; i < start.length; i++) {
    const n = count[i] as number;
    words[word++] = ((start[i] as number) - left) * step;
    words[word++] = pairsOf(n);
    for (let j = i * stride; j < i * stride + n; j += 2) {
      const a = wholeWeight(weights[j] as number);
      const b = j + 1 < i * stride + n ? wholeWeight(weights[j + 1] as number) : 0;
      words[word++] = (a & 0xffff) | (b << 16);
      // What the low half lacks where it counts as negative.
      words[word++] = (((a + 0x8000) >> 16) & 0xffff) | (((b + 0x8000) >> 16) << 16);
    }
  }
}

function wholeWeight(weight: number): number {
  const scaled = weight * ONE;
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}
