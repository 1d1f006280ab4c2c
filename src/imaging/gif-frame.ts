import type { Raster } from './raster.ts';

/** The first frame of a GIF, as far as Pillow shows it otherwise than libvips. */
export interface GifFrame {
  /** Where it stands on the canvas, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether its palette is 0, 1, 2, … in grey: Pillow opens such a GIF as grey (`_is_palette_needed`). */
  readonly grey: boolean;
  /** Red, green and blue of what is around the frame. */
  readonly background: readonly number[];
  /** The same file without a transparent colour: Pillow shows it, libvips makes it black. */
  readonly opaque: Uint8Array;
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;

/** Undefined for another file, and for a GIF that ends before its first frame begins. */
export function firstGifFrame(bytes: Uint8Array): GifFrame | undefined {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'GIF8' || bytes.length < 13) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** The palette behind a byte of flags, where they say that there is one. */
  const paletteAt = (flags: number, at: number) =>
    bytes.subarray(at, at + ((flags & 0x80) === 0 ? 0 : 6 << (flags & 7)));
  const common = paletteAt(view.getUint8(10), 13);
  const opaque = Uint8Array.from(bytes);
  let transparent: number | undefined;
  let at = 13 + common.length;
  while (bytes[at] === EXTENSION) {
    if (bytes[at + 1] === GRAPHIC_CONTROL) {
      const flags = bytes[at + 3] ?? 0;
      transparent = (flags & 1) === 0 ? undefined : bytes[at + 6];
      opaque[at + 3] = flags & ~1;
    }
    at += 2;
    // Blocks, each behind its length, up to an empty one.
    for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
    at += 1;
  }
  if (bytes[at] !== IMAGE || at + 10 > bytes.length) return undefined;
  const [left = 0, top = 0, width = 0, height = 0] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true));
  const own = paletteAt(view.getUint8(at + 9), at + 10);
  const palette = own.length > 0 ? own : common;
  const grey = palette.every((value, i) => value === Math.trunc(i / 3));
  const first = 3 * (transparent ?? 0);
  const background = [...palette.subarray(first, first + 3)];
  return { left, top, width, height, grey, background, opaque };
}

/**
 * Pillow fills the canvas around the frame with the transparent colour, or else with the first of the palette.
 *
 * @param left how many of the canvas's columns are missing before the first
 */
export function fillAroundFrame({ data, width, height, channels }: Raster, left: number, frame: GifFrame): void {
  const firstColumn = frame.left - left;
  for (let y = 0; y < height; y++) {
    const inRows = y >= frame.top && y < frame.top + frame.height;
    for (let x = 0; x < width; x++) {
      if (inRows && x >= firstColumn && x < firstColumn + frame.width) continue;
      data.set(frame.background.slice(0, Math.min(3, channels)), (y * width + x) * channels);
    }
  }
}
