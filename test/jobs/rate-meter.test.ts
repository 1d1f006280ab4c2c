import { describe, expect, test } from 'vitest';
import { RateMeter } from '../../src/jobs/rate-meter.ts';

/** What a meter says at the last of these samples: milliseconds, and the count then. */
function rateAfter(...samples: [at: number, count: number][]): number | null {
  const meter = new RateMeter();
  let rate: number | null = null;
  for (const [at, count] of samples) rate = meter.measure(count, at);
  return rate;
}

describe('the rate of a counter', () => {
  test('is not known before there is a difference', () => {
    expect(rateAfter([0, 0])).toBeNull();
    expect(rateAfter([0, 5])).toBeNull();
    expect(rateAfter([0, 5], [1000, 5])).toBeNull();
    expect(rateAfter([0, 5], [0, 10])).toBeNull();
  });

  test('is what it went up a second', () => {
    expect(rateAfter([0, 0], [2000, 10])).toBe(5);
    expect(rateAfter([500, 100], [1000, 110], [1500, 130])).toBe(30);
  });

  test('is that of the last seconds, and not of the whole time', () => {
    const slowThenFast: [number, number][] = [];
    for (let second = 0; second <= 40; second++) {
      slowThenFast.push([second * 1000, second <= 20 ? second : 20 + (second - 20) * 10]);
    }
    expect(rateAfter(...slowThenFast)).toBeCloseTo(10, 5);
  });

  test('is known for a job that goes up once a minute', () => {
    expect(rateAfter([0, 0], [60_000, 6], [120_000, 12])).toBeCloseTo(0.1, 5);
  });
});
