/**
 * How a picture gets the model's size, in the words of open_clip's preprocess_cfg: `shortest` resizes the
 * shorter side and crops the middle, `squash` resizes both sides and keeps everything, `longest` resizes the
 * longer side and leaves the rest to be filled.
 */
export type ResizeMode = 'shortest' | 'squash' | 'longest';

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

/**
 * As open_clip's `image_transform` reckons it: with torchvision's Resize and CenterCrop, and its own
 * ResizeKeepRatio where the side that decides is the longest, or the target is no square. `longest` leaves
 * the picture smaller than its target.
 */
export function fitPicture(picture: Size, target: Size, mode: ResizeMode): Fit {
  const torchvision = mode === 'squash' || (mode === 'shortest' && target.width === target.height);
  const resized = torchvision ? resizedSize(picture, target, mode) : keepRatio(picture, target, mode);
  if (mode === 'longest') return cropMiddle(picture, resized, resized, roundHalfEven);
  return cropMiddle(picture, resized, target, roundHalfEven);
}

/**
 * As the image processors of Hugging Face's transformers resize a picture to `resized`, of which a square's
 * side is meant where the mode is `shortest`, and crop the middle of it.
 */
export function fitProcessedPicture(picture: Size, resized: Size, target: Size, mode: ResizeMode): Fit {
  return cropMiddle(picture, resizedSize(picture, resized, mode), target, Math.floor);
}

/** Whether the picture has its size already. */
export function isAsItIs({ across, down }: Fit): boolean {
  return across.input === across.output && down.input === down.output;
}

function cropMiddle(picture: Size, resized: Size, target: Size, round: (place: number) => number): Fit {
  const middle = (input: number, output: number, length: number) => {
    return { input, output, from: round((output - length) / 2), length };
  };
  return {
    across: middle(picture.width, resized.width, target.width),
    down: middle(picture.height, resized.height, target.height),
  };
}

function resizedSize({ width, height }: Size, target: Size, mode: ResizeMode): Size {
  if (mode === 'squash') return target;
  const size = target.width;
  return width <= height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size };
}

function keepRatio({ width, height }: Size, target: Size, mode: ResizeMode): Size {
  const [across, down] = [width / target.width, height / target.height];
  const ratio = mode === 'longest' ? Math.max(across, down) : Math.min(across, down);
  // open_clip fails on a picture so narrow that nothing of it is left.
  return {
    width: Math.max(1, roundHalfEven(width / ratio)),
    height: Math.max(1, roundHalfEven(height / ratio)),
  };
}

/** Python's round(). */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
