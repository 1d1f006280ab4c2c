import { cmykToRgb } from './colour.ts';
import type { Size } from './fit.ts';
import type { PictureMode, Raster } from './raster.ts';

/** open_clip's `center_crop_or_pad` of a picture that is nowhere larger than `size`. */
export function placeInMiddle(picture: Raster, size: Size, fill: number): Raster {
  if (picture.width === size.width && picture.height === size.height) return picture;
  const { channels } = picture;
  const [row, line] = [picture.width * channels, size.width * channels];
  const left = Math.floor((size.width - picture.width) / 2) * channels;
  const top = Math.floor((size.height - picture.height) / 2);
  const data = new Uint8Array(line * size.height).fill(fill);
  for (let y = 0; y < picture.height; y++) {
    data.set(picture.data.subarray(y * row, (y + 1) * row), (top + y) * line + left);
  }
  return { data, ...size, channels };
}

/**
 * What becomes of a fill colour, which open_clip sets in the picture's own mode, in grey. Of a picture with a
 * palette it takes the colour of that number; here that is a shade of grey as well.
 */
export function fillOf(mode: PictureMode, fill: number): number {
  if (mode === '1') return fill === 0 ? 0 : 255;
  if (mode !== 'CMYK') return fill;
  const { data } = cmykToRgb({ data: new Uint8Array(4).fill(fill), width: 1, height: 1, channels: 4 });
  return data[0] ?? 0;
}
