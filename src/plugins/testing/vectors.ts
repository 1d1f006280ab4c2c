import { ok } from 'node:assert/strict';
import { lengthOf } from '../unit-vector.ts';

/** How far a normalised vector's length may be from 1: what half precision leaves. */
const UNIT_TOLERANCE = 1e-3;

/** The largest difference of two components, in units of the vectors' length where that is more than 1. */
export function difference(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  const largest = one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] ?? 0))), 0);
  return largest / Math.max(1, lengthOf(one));
}

/** @param what the sentence that says what has been broken where they differ */
export function assertSame(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
  tolerance: number,
  what: string,
): void {
  ok(actual.length === expected.length, `${what}: ${actual.length} vectors where ${expected.length} are right.`);
  for (const [place, vector] of actual.entries()) {
    const far = difference(vector, expected[place] ?? new Float32Array());
    ok(far <= tolerance, `${what}: vector ${place + 1} of ${actual.length} differs by ${far}, more than ${tolerance}.`);
  }
}

/** That there is one vector an input, each as the model says. */
export function assertVectors(
  vectors: readonly Float32Array[],
  count: number,
  { dimensions, normalized }: { readonly dimensions: number; readonly normalized: boolean },
): void {
  ok(Array.isArray(vectors), 'The answer is no list of vectors.');
  ok(vectors.length === count, `${count} inputs gave ${vectors.length} vectors: there must be one for each.`);
  for (const [place, vector] of vectors.entries()) {
    const which = `Vector ${place + 1} of ${count}`;
    ok(vector instanceof Float32Array, `${which} is no Float32Array.`);
    ok(vector.length === dimensions, `${which} has ${vector.length} numbers where the model promises ${dimensions}.`);
    ok(vector.every(Number.isFinite), `${which} has a number that is not finite.`);
    const length = lengthOf(vector);
    ok(
      !normalized || Math.abs(length - 1) <= UNIT_TOLERANCE,
      `${which} has length ${length} though the model promises normalised vectors.`,
    );
  }
}
