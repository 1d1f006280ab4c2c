import type { Axis } from './fit.ts';

/** Pillow's names; `bicubic` has a = -0.5. */
export type Interpolation = 'bicubic' | 'bilinear';

/** Where each output sample of one axis takes its inputs, and with which weights. */
export interface Kernel {
  /** First input sample, one an output sample; never smaller than the one before. */
  readonly start: Int32Array;
  /** How many input samples, one an output sample. */
  readonly count: Int32Array;
  /** Output sample i has its weights from i * stride. */
  readonly weights: Float64Array;
  readonly stride: number;
  /** The input samples from the first that is taken to before the `end`. */
  readonly first: number;
  readonly end: number;
}

const FILTERS = {
  bilinear: { support: 1, at: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, at: bicubic },
} satisfies Record<Interpolation, { support: number; at: (x: number) => number }>;

/** Keys' cubic in the form, and so with the rounding, of Pillow's `bicubic_filter`. */
function bicubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

/** The weights of the samples that an axis keeps (Pillow, `precompute_coeffs` in Resample.c). */
export function kernel(interpolation: Interpolation, { input, output, from, length }: Axis): Kernel {
  const filter = FILTERS[interpolation];
  const scale = input / output;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Float64Array(length * stride);
  let end = 0;
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(input, Math.trunc(centre + support + 0.5)) - first;
    const inverse = 1 / filterScale;
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const weight = filter.at((j + first - centre + 0.5) * inverse);
      weights[i * stride + j] = weight;
      sum += weight;
    }
    if (sum !== 0) for (let j = 0; j < n; j++) weights[i * stride + j] = (weights[i * stride + j] ?? 0) / sum;
    start[i] = first;
    count[i] = n;
    end = Math.max(end, first + n);
  }
  return { start, count, weights, stride, first: start[0] ?? 0, end };
}
