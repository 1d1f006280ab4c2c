/**
 * The mode that Pillow would open a file in. It decides how the picture is resized: `P` and `1` by
 * nearest neighbour, `RGBA` with its colours premultiplied, the others as they are.
 */
export type PictureMode = 'L' | 'RGB' | 'RGBA' | 'CMYK' | 'P' | '1' | 'I;16';

/** Pixels in rows from the top, their channels interleaved. */
export interface Raster<Data = Uint8Array> {
  readonly data: Data;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Some columns of a picture, of its whole height. */
export interface Columns {
  readonly left: number;
  readonly width: number;
}
