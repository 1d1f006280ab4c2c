import sharp from 'sharp';
import { MediaError } from '../core/media.ts';
import type { ThumbnailSize } from '../schema/media-path.ts';
import { mediaTypeOf, UNKNOWN } from './media-type.ts';

// A picture is decoded once, each by one thread: several are made side by side.
sharp.cache(false);
sharp.concurrency(1);

const QUALITY = 82;

/** Another text when the same picture would become another thumbnail. */
export const RECIPE = `jpeg ${QUALITY}, libvips ${sharp.versions.vips}`;

/**
 * A small JPEG of the first frame: turned as its camera was held, on white where it lets through, in sRGB.
 * @param size pixels of its longer side; a picture that is smaller is not made larger
 * @throws MediaError where it is no picture, or damaged, or has more than `maxPixels`, which is seen in its header
 */
export async function thumbnailOf(
  bytes: Uint8Array,
  { size, maxPixels }: { readonly size: ThumbnailSize; readonly maxPixels: number },
): Promise<Uint8Array> {
  // What sharp would draw beside pictures (SVG, PDF) is made of instructions of whoever wrote the file.
  if (mediaTypeOf(bytes) === UNKNOWN) throw new MediaError('MEDIA_UNREADABLE', 'The file is no picture.');
  const picture = sharp(bytes, { failOn: 'error', limitInputPixels: false });
  try {
    const { width, height } = await picture.metadata();
    if (width * height > maxPixels) {
      const message = `The picture has ${width} x ${height} pixels, and the limit is ${maxPixels}.`;
      throw new MediaError('MEDIA_TOO_LARGE', message);
    }
    return await picture
      .autoOrient()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY })
      .toBuffer();
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    throw new MediaError('MEDIA_UNREADABLE', 'The file is no picture that can be decoded.', { cause });
  }
}
