import { cosineOf } from './cosine.ts';
import type { StoredVector } from './verification-scan.ts';

/** A stored vector beside what the model gives for the picture as it is now; both have a direction. */
export interface ComparedVector {
  readonly stored: StoredVector;
  readonly computed: Float32Array;
  /** 1 - cos. */
  readonly distance: number;
}

/** What a sample says about the vectors of a table. */
export interface Judgement {
  readonly code: 'ANOTHER_MODEL' | 'ANOTHER_PREPROCESSING' | 'REPLACED_VIEWS';
  readonly wrong: readonly ComparedVector[];
}

/**
 * How far a stored vector may be from a computed one, as 1 - cos whatever the table's metric.
 *
 * Measured, as the largest of 12 to 64 pictures, with a CLIP of random weights (224 pixels), a
 * trained one (96 pixels) and, for half precision, a ViT-B-32 of open_clip's:
 *
 * | The same model, prepared as it should be | |
 * |---|---|
 * | another runtime, another batch | 1e-12 |
 * | inference in float16 | 8e-6 |
 * | inference in bfloat16 | 4.7e-5 |
 * | vectors kept as float16, bfloat16, 8-bit numbers | 3e-8, 2e-6, 5e-5 |
 *
 * | Not the same | median | largest |
 * |---|---|---|
 * | an 8-bit copy of the model | 2e-4 to 8e-4 | 5e-4 to 5e-3 |
 * | bilinear instead of bicubic | 4e-4 to 2e-3 | 4e-3 to 1e-2 |
 * | Lanczos instead of bicubic | 2e-4 to 7e-4 | 3e-3 to 2e-2 |
 * | squashed instead of cropped (not square pictures) | 2e-2 to 0.1 | 0.05 to 0.4 |
 * | mean and std of ImageNet | 6e-4 to 6e-2 | 6e-3 to 0.2 |
 * | mean and std of 0.5; blue for red | 0.06 to 0.5 | 0.3 to 1.1 |
 * | other weights | 0.95 to 1.06 | 1.2 |
 */
export const TOLERANCE = 3e-4;

/**
 * A vector that is farther than this from every picture of the sample is of another space. Other
 * weights, nine times random: the nearest of 12 to 32 pictures is at a median of 0.78 to 0.95. The
 * same weights: at 0.49 at most, however the picture was prepared (the wrong colours, mean or std
 * among it), and at 0.71 for pictures that are not in the sample at all.
 */
const UNRELATED = 0.75;

/** Two of the pictures measured were never nearer to each other: less than this is no other picture. */
const OTHER_PICTURE = 0.02;

/** Computed vectors that a stored one is held against, to see whether it is of their space. */
const NEIGHBOURS = 64;

/**
 * Null where all are as near as they must be. Otherwise: where the wrong ones are of another
 * space, another model made them. Where most are wrong, or all that are wrong are so by a little,
 * it is the preparation. A few that are far off among many that are right are pictures that were
 * replaced since.
 */
export function judge(compared: readonly ComparedVector[], tolerance: number): Judgement | null {
  const wrong = compared.filter(({ distance }) => distance > tolerance);
  if (wrong.length === 0) return null;
  const most = wrong.length * 2 > compared.length;
  const unrelated = unrelatedAmong(wrong, compared);
  if (unrelated.length * 2 > wrong.length && (most || unrelated.length > 1)) {
    return { code: 'ANOTHER_MODEL', wrong };
  }
  const little = wrong.filter(({ distance }) => distance < OTHER_PICTURE);
  const prepared = most || little.length * 2 > wrong.length;
  return { code: prepared ? 'ANOTHER_PREPROCESSING' : 'REPLACED_VIEWS', wrong };
}

/** Those of the vectors that are near none of the compared pictures, their own among them. */
export function unrelatedAmong(
  vectors: readonly ComparedVector[],
  compared: readonly ComparedVector[],
): ComparedVector[] {
  const step = Math.ceil(compared.length / NEIGHBOURS);
  const neighbours = compared.filter((_, index) => index % step === 0);
  return vectors.filter((each) =>
    [each, ...neighbours].every(({ computed }) => 1 - cosineOf(each.stored.vector, computed) > UNRELATED),
  );
}
