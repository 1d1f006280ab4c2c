/**
 * How a picture gets the model's size, in the words of open_clip's preprocess_cfg: `shortest` resizes the
 * shorter side and crops the middle, `squash` resizes both sides and keeps everything.
 */
export type ResizeMode = 'shortest' | 'squash';

/** A resize of one axis from `input` to `output` samples, of which `length` are kept, the first being `from`. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly from: number;
  readonly length: number;
}

export interface Fit {
  readonly across: Axis;
  readonly down: Axis;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `shortest` as torchvision's Resize(size) and CenterCrop(size) reckon it; its target is a square. */
export function fitPicture(picture: Size, target: Size, mode: ResizeMode): Fit {
  const resized = mode === 'squash' ? target : shortestSide(picture, target.width);
  return {
    across: middle(picture.width, resized.width, target.width),
    down: middle(picture.height, resized.height, target.height),
  };
}

/** Whether the picture has its size already. */
export function isAsItIs({ across, down }: Fit): boolean {
  return across.input === across.output && down.input === down.output;
}

function middle(input: number, output: number, length: number): Axis {
  return { input, output, from: roundHalfEven((output - length) / 2), length };
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
