import { describe, expect, test } from 'vitest';
import { fastestRuns, type PaceOfRuns } from '../../src/core/image-runs-trial.ts';
import type { ImageRuns } from '../../src/plugins/embedding-plugin.ts';

/** A machine of which it is known how fast each run is, and what was tried on it. */
function machine(speeds: Readonly<Record<string, number>>) {
  const tried: string[] = [];
  const pace = (imageRuns: ImageRuns): PaceOfRuns => {
    const speed = speeds[nameOf(imageRuns)] ?? 1;
    return { imageRuns, batch: 8, speed };
  };
  const tryOut = async (imageRuns: ImageRuns) => {
    tried.push(nameOf(imageRuns));
    return pace(imageRuns);
  };
  return { tried, pace, tryOut };
}

function nameOf({ atOnce, threads }: ImageRuns): string {
  return `${atOnce} x ${threads}`;
}

const EIGHT = { atOnce: 8, threads: 8 };

describe('the fastest runs', () => {
  test.each([
    [
      'more at once, for as long as that is faster',
      { '8 x 8': 100, '16 x 4': 130, '32 x 2': 150, '64 x 1': 90 },
      '32 x 2',
    ],
    ['fewer at once where more are slower', { '8 x 8': 100, '16 x 4': 90, '4 x 16': 120 }, '4 x 16'],
    ['the usual ones where no others are faster', { '8 x 8': 100, '16 x 4': 90, '4 x 16': 95, '4 x 8': 60 }, '8 x 8'],
    ['on fewer threads where that is as fast', { '8 x 8': 100, '16 x 4': 99, '4 x 16': 102, '4 x 8': 100 }, '4 x 8'],
    ['fewer copies where all are as fast', { '8 x 8': 100, '16 x 4': 100, '4 x 16': 100, '4 x 8': 60 }, '4 x 16'],
  ])('are %s', async (_, speeds, expected) => {
    const { pace, tryOut, tried } = machine(speeds);
    expect(nameOf((await fastestRuns(pace(EIGHT), tryOut)).imageRuns)).toBe(expected);
    expect(tried.length).toBeLessThanOrEqual(3);
  });

  test('are looked for in three loads of the model at most', async () => {
    const { pace, tryOut, tried } = machine({ '8 x 8': 1, '16 x 4': 2, '32 x 2': 3, '64 x 1': 4 });
    expect(nameOf((await fastestRuns(pace(EIGHT), tryOut)).imageRuns)).toBe('64 x 1');
    expect(tried).toEqual(['16 x 4', '32 x 2', '64 x 1']);
  });

  test('are those of before a trial that failed, after which there is none', async () => {
    const { pace, tryOut, tried } = machine({ '8 x 8': 100, '16 x 4': 130 });
    const runs = await fastestRuns(pace(EIGHT), async (each) => (tried.length > 0 ? null : tryOut(each)));
    expect(nameOf(runs.imageRuns)).toBe('16 x 4');
    expect(tried).toEqual(['16 x 4']);
  });

  test('are the usual ones where the model keeps to its copies', async () => {
    const { pace } = machine({});
    const usual = pace({ atOnce: 1, threads: 16 });
    let loads = 0;
    const best = await fastestRuns(usual, async () => {
      loads += 1;
      return { ...usual, speed: 2 };
    });
    expect(best).toBe(usual);
    expect(loads).toBe(2);
  });
});
