import type { Size } from './fit.ts';
import type { PictureMode } from './raster.ts';

const START_OF_FRAME: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
const START_OF_SCAN = 0xda;
const MODES: readonly (PictureMode | undefined)[] = [undefined, 'L', undefined, 'RGB', 'CMYK'];

/**
 * Size and mode of a JPEG, from the header of its frame: libvips would take a twentieth of a small picture's
 * preparation for it. Undefined for what is no JPEG, and for rare or broken ones, which libvips may judge.
 */
export function jpegHeader(bytes: Uint8Array): (Size & { readonly mode: PictureMode }) | undefined {
  const number = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (number(0) !== 0xffd8) return undefined;
  let at = 2;
  while (bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? START_OF_SCAN;
    if (marker === START_OF_SCAN) return undefined;
    if (START_OF_FRAME.has(marker)) {
      const [bits, height, width] = [bytes[at + 4], number(at + 5), number(at + 7)];
      const mode = MODES[bytes[at + 9] ?? 0];
      return mode !== undefined && bits === 8 && width * height > 0 ? { width, height, mode } : undefined;
    }
    at += 2 + number(at + 2);
  }
  return undefined;
}
