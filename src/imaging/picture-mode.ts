import type { Metadata } from 'sharp';
import type { GifFrame } from './gif-frame.ts';
import type { PictureMode } from './raster.ts';

/**
 * Finds the mode from the file's header, by the rules of Pillow's file plugins. TIFFs of samples that are no
 * whole numbers, or in the colours of LAB, come out otherwise than in Pillow.
 */
export function pictureMode(header: Metadata, bytes: Uint8Array, gif: GifFrame | undefined): PictureMode {
  if (header.space === 'cmyk') return 'CMYK';
  if (header.format === 'gif') return gif?.grey ? 'L' : 'P';
  if (header.isPalette || (header.format === 'tiff' && tiffHasPalette(bytes))) return 'P';
  const alpha = header.format === 'png' ? pngHasAlphaChannel(bytes) : header.hasAlpha;
  // Grey with alpha takes the way of RGBA: the three colours stay equal at each step.
  if (alpha) return 'RGBA';
  if (header.space === 'grey16') return 'I;16';
  if (header.space !== 'b-w') return 'RGB';
  return header.bitsPerSample === 1 ? '1' : 'L';
}

/** A transparent colour (tRNS) is no alpha channel, though libvips makes one of it. */
function pngHasAlphaChannel(bytes: Uint8Array): boolean {
  const colourType = bytes[25] ?? 0;
  return (colourType & 4) !== 0;
}

/** Whether the first image's PhotometricInterpretation says so. */
function tiffHasPalette(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const number16 = (at: number) => (at + 2 <= bytes.length ? view.getUint16(at, littleEndian) : 0);
  const directory = bytes.length >= 8 ? view.getUint32(4, littleEndian) : 0;
  for (let i = 0; i < number16(directory); i++) {
    const entry = directory + 2 + i * 12;
    if (number16(entry) === 262) return number16(entry + 8) === 3;
  }
  return false;
}
