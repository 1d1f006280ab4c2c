import type { Metadata } from 'sharp';
import type { PictureMode } from './raster.ts';

/**
 * Finds the mode from the file's header, by the rules of Pillow's file plugins. Two rare kinds come out
 * otherwise than in Pillow: a palette in a TIFF is taken for RGB, and the transparent pixels of a GIF are
 * black instead of their palette's colour (libvips hides both).
 */
export function pictureMode(header: Metadata, bytes: Uint8Array): PictureMode {
  if (header.space === 'cmyk') return 'CMYK';
  if (header.format === 'gif') return hasGreyRamp(bytes) ? 'L' : 'P';
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

/** A GIF whose global palette is 0, 1, 2, … in grey is opened as grey (GifImagePlugin._is_palette_needed). */
function hasGreyRamp(bytes: Uint8Array): boolean {
  const flags = bytes[10] ?? 0;
  if ((flags & 0x80) === 0) return false;
  const colours = 2 << (flags & 7);
  for (let i = 0; i < colours * 3; i++) if (bytes[13 + i] !== Math.trunc(i / 3)) return false;
  return true;
}
