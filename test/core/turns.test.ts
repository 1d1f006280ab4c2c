import { setImmediate as later } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/core/turns.ts';

describe('turns', () => {
  test('go round among those who ask again after each', async () => {
    const turns = new Turns(1);
    const order: string[] = [];
    const work = async (name: string) => {
      for (let step = 0; step < 3; step++) {
        using _turn = await turns.take();
        order.push(name);
        await later();
      }
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    expect(order.join('')).toBe('abcabcabc');
  });

  test('are had by so many at once', async () => {
    const turns = new Turns(2);
    let at = 0;
    let most = 0;
    const work = async () => {
      using _turn = await turns.take();
      at += 1;
      most = Math.max(most, at);
      await later();
      at -= 1;
    };
    await Promise.all(Array.from({ length: 6 }, work));
    expect(most).toBe(2);
  });

  test('are not waited for once the signal aborts, and not lost by it', async () => {
    const turns = new Turns(1);
    const first = await turns.take();
    const stop = new AbortController();
    const second = turns.take({ signal: stop.signal });
    const third = turns.take();
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    using _turn = await third;
    const fourth = turns.take();
    expect(await Promise.race([fourth, later('waits')])).toBe('waits');
  });

  test('can be made more, never fewer', async () => {
    const turns = new Turns(1);
    await turns.take();
    let had = 0;
    const waiting = Array.from({ length: 3 }, () => turns.take().then(() => had++));
    turns.atLeast(3);
    turns.atLeast(2);
    await later();
    expect(had).toBe(2);
    turns.atLeast(4);
    await Promise.all(waiting);
  });
});
