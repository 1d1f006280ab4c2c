/** How pictures become pixels. */
export interface PictureConfig {
  /** Height and width. */
  readonly size: readonly [number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly interpolation: 'bicubic' | 'bilinear';
  readonly resizeMode: 'shortest' | 'squash' | 'longest';
  readonly fill: number;
  /** Given, the picture is made RGB and resized to this height and width before it is cropped. */
  readonly resized?: readonly [number, number];
  /** By which a level of 0 to 255 is multiplied. Default: 1 / 255. */
  readonly factor?: number;
}
