/** The dot products of two vectors of one length: with each other, and each with itself. */
export function dotProducts(a: Float32Array, b: Float32Array): { ab: number; aa: number; bb: number } {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let index = 0; index < a.length; index++) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return { ab, aa, bb };
}

/** Cosine of the angle between two vectors of one length, in [-1, 1] but for rounding; 0 where one has no direction. */
export function cosineOf(a: Float32Array, b: Float32Array): number {
  const { ab, aa, bb } = dotProducts(a, b);
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
