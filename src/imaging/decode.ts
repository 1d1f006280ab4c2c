import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Size } from './fit.ts';
import { fillAroundFrame, firstGifFrame, type GifFrame } from './gif-frame.ts';
import { ImageError } from './image-error.ts';
import { jpegHeader } from './jpeg-header.ts';
import { pictureMode } from './picture-mode.ts';
import type { Columns, PictureMode, Raster } from './raster.ts';

// A picture is decoded once: a cache would only hold memory. Several are decoded side by side, one thread each.
sharp.cache(false);
sharp.concurrency(1);

/** Pillow refuses pictures of more pixels as decompression bombs (twice `Image.MAX_IMAGE_PIXELS`). */
const DEFAULT_MAX_PIXELS = 178_956_970;

/** What both Pillow and libvips read. An SVG is a program rather than a picture, and Pillow knows none. */
const FORMATS: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

export type DecodedPicture =
  | (Raster & { readonly mode: Exclude<PictureMode, 'I;16'> })
  | (Raster<Uint16Array> & { readonly mode: 'I;16' });

/** The first frame of a picture file whose header is read: its size and mode are those of Pillow's `Image.open`. */
export class PictureFile {
  readonly width: number;
  readonly height: number;
  readonly mode: PictureMode;
  readonly #input: Sharp;
  readonly #hasAlpha: boolean;
  readonly #gif: GifFrame | undefined;

  private constructor(input: Sharp, { width, height }: Size, mode: PictureMode, hasAlpha = false, gif?: GifFrame) {
    this.width = width;
    this.height = height;
    this.mode = mode;
    this.#input = input;
    this.#hasAlpha = hasAlpha;
    this.#gif = gif;
  }

  /** @throws ImageError */
  static async open(bytes: Uint8Array, maxPixels?: number): Promise<PictureFile> {
    const jpeg = jpegHeader(bytes);
    if (jpeg) {
      checkSize(jpeg, maxPixels);
      return new PictureFile(openPicture(bytes), jpeg, jpeg.mode);
    }
    const gif = firstGifFrame(bytes);
    const input = openPicture(gif?.opaque ?? bytes);
    const header = await readHeader(input, maxPixels);
    return new PictureFile(input, header, pictureMode(header, bytes, gif), header.hasAlpha, gif);
  }

  /**
   * The pixels that Pillow gives: no colour profile is applied, and the orientation in EXIF is ignored. May be
   * called once.
   *
   * @throws ImageError
   */
  async decode({ left, width } = { left: 0, width: this.width } as Columns): Promise<DecodedPicture> {
    if (width < this.width) this.#input.extract({ left, top: 0, width, height: this.height });
    try {
      const picture = await this.#decode();
      if (this.#gif && picture.mode !== 'I;16') fillAroundFrame(picture, left, this.#gif);
      return picture;
    } catch (cause) {
      throw new ImageError('unreadable', `the picture is damaged: ${lastLine(cause)}`, { cause });
    }
  }

  async #decode(): Promise<DecodedPicture> {
    const input = this.#input;
    const { mode } = this;
    if ((mode === 'RGB' || mode === 'I;16') && this.#hasAlpha) input.removeAlpha();
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
    return { mode, data, width: info.width, height: info.height, channels: info.channels };
  }
}

/** @throws ImageError */
export function openPicture(bytes: Uint8Array): Sharp {
  if (bytes.byteLength === 0) throw new ImageError('unreadable', 'the file is empty');
  // 'error' lets pass what libjpeg only warns of, as Pillow does.
  return sharp(bytes, { ignoreIcc: true, failOn: 'error', limitInputPixels: false, pages: 1 });
}

/** @throws ImageError where the picture is of a kind or a size that is not read */
export async function readHeader(input: Sharp, maxPixels?: number): Promise<Metadata> {
  const header = await input.metadata().catch((cause: unknown) => {
    throw headerError(cause);
  });
  if (!FORMATS.has(header.format)) {
    throw new ImageError('unsupported', `${header.format} pictures are not read: convert it to JPEG or PNG`);
  }
  checkSize(header, maxPixels);
  return header;
}

function checkSize({ width, height }: Size, maxPixels = DEFAULT_MAX_PIXELS): void {
  if (width * height > maxPixels) {
    const size = `the picture has ${width} x ${height} = ${width * height} pixels, and the limit is ${maxPixels}`;
    throw new ImageError('too-large', `${size}: make it smaller, or set maxPixels higher in the configuration`);
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
