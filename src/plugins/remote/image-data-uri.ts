import type { Sharp } from 'sharp';
import { openPicture } from '../../imaging/decode.ts';
import { ImageError, MEDIA_CODES } from '../../imaging/image-error.ts';
import { inspectPicture } from '../../imaging/inspect-picture.ts';
import { EmbeddingError } from '../embedding-plugin.ts';

export interface ImageLimits {
  /** Pixels of the longer side. */
  readonly side: number;
  readonly bytes: number;
  /** Pictures of more pixels are refused before they are decoded. */
  readonly pixels: number | undefined;
}

/** Formats that every server reads; a picture of one of them is sent as it is. */
const PLAIN_FORMATS: Readonly<Record<string, string>> = { JPEG: 'image/jpeg', PNG: 'image/png', WEBP: 'image/webp' };
const QUALITY = 95;
/** A picture that is still too large at this side is refused. */
const SMALLEST_SIDE = 32;

/**
 * A picture as servers take it: the file itself where it is within the limits, so that the vector is that of the
 * picture; otherwise a copy, made smaller where it must be. As with Pillow, the orientation in EXIF has no effect.
 *
 * @throws EmbeddingError about the input: MEDIA_UNREADABLE, MEDIA_UNSUPPORTED, MEDIA_TOO_LARGE
 */
export async function imageDataUri(bytes: Uint8Array, limits: ImageLimits): Promise<string> {
  try {
    const { width, height, format } = await inspectPicture(bytes, limits.pixels);
    const mime = PLAIN_FORMATS[format];
    const side = Math.max(width, height);
    if (mime !== undefined && side <= limits.side && bytes.length <= limits.bytes) return dataUri(mime, bytes);
    return await reduced(bytes, Math.min(side, limits.side), limits.bytes);
  } catch (error) {
    if (error instanceof ImageError) {
      throw new EmbeddingError(MEDIA_CODES[error.code], 'input', error.message, { cause: error });
    }
    throw error;
  }
}

async function reduced(bytes: Uint8Array, largestSide: number, mostBytes: number): Promise<string> {
  for (let side = largestSide; side >= SMALLEST_SIDE; side = Math.floor(side / 2)) {
    const picture = openPicture(bytes).resize(side, side, { fit: 'inside', withoutEnlargement: true });
    const copy = await encoded(picture.toColourspace('srgb')).catch((cause: unknown) => {
      throw new ImageError('unreadable', `the picture cannot be converted: ${String(cause)}`, { cause });
    });
    if (copy.data.length <= mostBytes) return dataUri(copy.mime, copy.data);
  }
  throw new ImageError(
    'too-large',
    `no copy of the picture has at most ${mostBytes} bytes: allow more in max_image_bytes`,
  );
}

async function encoded(picture: Sharp): Promise<{ readonly mime: string; readonly data: Uint8Array }> {
  const { hasAlpha } = await picture.metadata();
  if (hasAlpha) return { mime: 'image/png', data: await picture.png().toBuffer() };
  const jpeg = picture.jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' });
  return { mime: 'image/jpeg', data: await jpeg.toBuffer() };
}

function dataUri(mime: string, { buffer, byteOffset, byteLength }: Uint8Array): string {
  return `data:${mime};base64,${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
}
