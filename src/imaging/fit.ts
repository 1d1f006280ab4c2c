import type { Window } from './raster.ts';

/**
 * How a picture gets the model's size, in the words of open_clip's preprocess_cfg: `shortest` resizes the
 * shorter side and crops the middle, `squash` resizes both sides and keeps everything.
 */
export type ResizeMode = 'shortest' | 'squash';

/** The size to resize a picture to, and the part of it to keep. */
export interface Fit {
  readonly width: number;
  readonly height: number;
  readonly crop: Window;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `shortest` as torchvision's Resize(size) and CenterCrop(size) reckon it; its target is a square. */
export function fitPicture(picture: Size, target: Size, mode: ResizeMode): Fit {
  const { width, height } = mode === 'squash' ? target : shortestSide(picture, target.width);
  const crop = {
    left: roundHalfEven((width - target.width) / 2),
    top: roundHalfEven((height - target.height) / 2),
    width: target.width,
    height: target.height,
  };
  return { width, height, crop };
}

function shortestSide({ width, height }: Size, size: number): Size {
  return width <= height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size };
}

/** Python's round(). */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
