import sharp, { type Metadata, type Sharp } from 'sharp';
import { fillAroundFrame, firstGifFrame, type GifFrame } from './gif-frame.ts';
import { ImageError } from './image-error.ts';
import { pictureMode } from './picture-mode.ts';
import type { Raster } from './raster.ts';

// A picture is decoded once: a cache would only hold memory. Several are decoded side by side, one thread each.
sharp.cache(false);
sharp.concurrency(1);

/** Pillow refuses pictures of more pixels as decompression bombs (twice `Image.MAX_IMAGE_PIXELS`). */
const DEFAULT_MAX_PIXELS = 178_956_970;

/** What both Pillow and libvips read. An SVG is a program rather than a picture, and Pillow knows none. */
const FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

export type DecodedPicture =
  | (Raster & { readonly mode: 'L' | 'RGB' | 'RGBA' | 'CMYK' | 'P' | '1' })
  | (Raster<Uint16Array> & { readonly mode: 'I;16' });

/**
 * Decodes the first frame of a picture file into the pixels that Pillow's `Image.open` gives: no colour
 * profile is applied, and the orientation in EXIF is ignored.
 *
 * @throws ImageError
 */
export async function decodePicture(bytes: Uint8Array, maxPixels = DEFAULT_MAX_PIXELS): Promise<DecodedPicture> {
  if (bytes.byteLength === 0) throw new ImageError('unreadable', 'the file is empty');
  const gif = firstGifFrame(bytes);
  // 'error' lets pass what libjpeg only warns of, as Pillow does.
  const input = sharp(gif?.opaque ?? bytes, { ignoreIcc: true, failOn: 'error', limitInputPixels: false, pages: 1 });
  const header = await input.metadata().catch((cause: unknown) => {
    throw headerError(cause);
  });
  checkHeader(header, maxPixels);
  try {
    return await decode(input, header, bytes, gif);
  } catch (cause) {
    throw new ImageError('unreadable', `the picture is damaged: ${lastLine(cause)}`, { cause });
  }
}

async function decode(input: Sharp, header: Metadata, bytes: Uint8Array, gif?: GifFrame): Promise<DecodedPicture> {
  const mode = pictureMode(header, bytes, gif);
  if ((mode === 'RGB' || mode === 'I;16') && header.hasAlpha) input.removeAlpha();
  if (mode === 'I;16') {
    const { data, info } = await input
      .pipelineColourspace('grey16')
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const samples = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    return { mode, data: samples, width: info.width, height: info.height, channels: info.channels };
  }
  if (mode === 'CMYK') input.pipelineColourspace('cmyk').toColourspace('cmyk');
  if (mode === 'L' || mode === '1') input.toColourspace('b-w');
  const { data, info } = await input.raw().toBuffer({ resolveWithObject: true });
  const picture = { mode, data, width: info.width, height: info.height, channels: info.channels };
  if (gif) fillAroundFrame(picture, gif);
  return picture;
}

function checkHeader(header: Metadata, maxPixels: number): void {
  const { format, width, height } = header;
  if (!FORMATS.has(format)) {
    throw new ImageError('unsupported', `${format} pictures are not read: convert it to JPEG or PNG`);
  }
  if (width * height > maxPixels) {
    throw new ImageError('too-large', `the picture has ${width} x ${height} pixels, more than ${maxPixels} in all`);
  }
}

function headerError(cause: unknown): ImageError {
  const message = lastLine(cause);
  return message.includes('unsupported image format')
    ? new ImageError('unsupported', 'the file is no JPEG, PNG, WebP, GIF, TIFF or AVIF: convert it to one of these', {
        cause,
      })
    : new ImageError('unreadable', `the picture's header cannot be read: ${message}`, { cause });
}

function lastLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.trim().split('\n').at(-1) ?? message;
}
