import { describe, expect, test } from 'vitest';
import { type Hardware, imageRuns, textThreads } from '../../../src/plugins/threads/image-runs.ts';

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const cpu = (threads: number, measured?: Hardware['imageRuns']): Hardware => ({
  threads,
  imageRuns: measured,
  providers: ['cpu'],
});

describe('how pictures are run where nothing was measured', () => {
  test.each([
    ['one run on one core', 1, 350 * MB, { atOnce: 1, threads: 1 }],
    ['two at once on half of few cores', 2, 350 * MB, { atOnce: 2, threads: 1 }],
    ['two at once on half of sixteen', 16, 350 * MB, { atOnce: 2, threads: 8 }],
    ['on no more than eight threads each on many cores', 64, 350 * MB, { atOnce: 8, threads: 8 }],
    ['once where copies of the weights would take too much', 4, 3 * GB, { atOnce: 1, threads: 4 }],
    ['as often as copies fit into an eighth of the memory', 64, 1.2 * GB, { atOnce: 3, threads: 21 }],
  ])('is %s', (_, threads, bytes, expected) => {
    expect(imageRuns(cpu(threads), bytes, 32 * GB)).toEqual(expected);
  });

  test('is one run on a GPU, whatever was measured', () => {
    const hardware = { threads: 8, imageRuns: { atOnce: 4, threads: 2 }, providers: ['cuda', 'cpu'] } as const;
    expect(imageRuns(hardware, 350 * MB, 32 * GB)).toEqual({ atOnce: 1, threads: 8 });
  });
});

describe('runs that were measured', () => {
  test('are taken as they are', () => {
    const measured = { atOnce: 16, threads: 2 };
    expect(imageRuns(cpu(64, measured), 100 * MB, 64 * GB)).toEqual(measured);
  });

  test('share their threads where there is not the memory for so many', () => {
    expect(imageRuns(cpu(64, { atOnce: 16, threads: 4 }), 350 * MB, 16 * GB)).toEqual({ atOnce: 5, threads: 12 });
  });
});

test('a text has no more than eight threads', () => {
  expect([1, 2, 8, 64].map((threads) => textThreads({ threads }))).toEqual([1, 2, 8, 8]);
});
