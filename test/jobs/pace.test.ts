import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/jobs/pace.ts';

describe('turns at a pace', () => {
  test('come at once to the first, and then in the order in which they were asked for', async () => {
    const pace = new Pace(() => true);
    const order: number[] = [];
    const first = Array.from({ length: 20 }, () => pace.turn(undefined));
    await Promise.all(first);
    await Promise.all([1, 2, 3, 4, 5, 6].map((each) => pace.turn(undefined).then(() => order.push(each))));
    expect(order).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('are no longer waited for when the signal aborts, or nobody has to', async () => {
    const pace = new Pace(() => true);
    const stop = new AbortController();
    const many = Array.from({ length: 10_000 }, () => pace.turn(undefined));
    const stopped = pace.turn(stop.signal);
    stop.abort();
    await stopped;
    pace.letGo();
    await Promise.all(many);
    await pace.turn(undefined);
  });
});
