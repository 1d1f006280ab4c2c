import type { Metadata } from 'sharp';
import type { GifFrame } from './gif-frame.ts';
import type { PictureMode } from './raster.ts';

/**
 * Finds the mode from the file's header, by the rules of Pillow's file plugins. A palette in a TIFF is taken
 * for RGB, for libvips hides it.
 */
export function pictureMode(header: Metadata, bytes: Uint8Array, gif: GifFrame | undefined): PictureMode {
  if (header.space === 'cmyk') return 'CMYK';
  if (header.format === 'gif') return gif?.grey ? 'L' : 'P';
  if (header.isPalette) return 'P';
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
