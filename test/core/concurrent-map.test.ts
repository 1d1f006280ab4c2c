import { describe, expect, test } from 'vitest';
import { inBatches, inGroups, mapConcurrently } from '../../src/core/concurrent-map.ts';

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) {
    taken.push(number);
    yield number;
  }
}

/** Calls that end when they are told to. */
function calls() {
  const ends: PromiseWithResolvers<string>[] = [];
  const call = (number: number) => {
    const end = Promise.withResolvers<string>();
    ends[number] = end;
    return end.promise;
  };
  return { ends, call };
}

describe('results of concurrent calls', () => {
  test('come in the order of their inputs, whichever ends first', async () => {
    const { ends, call } = calls();
    const results = mapConcurrently(numbers(2), 2, call);
    const first = results.next();
    await Promise.resolve();
    const rest = (async () => {
      const second = (await first).value;
      return [second, ...(await Array.fromAsync(results))];
    })();
    while (ends.length < 2) await Promise.resolve();
    ends[1]?.resolve('b');
    ends[0]?.resolve('a');
    expect(await rest).toEqual(['a', 'b']);
  });

  test('take no more inputs than there is room for', async () => {
    const taken: number[] = [];
    const results = mapConcurrently(numbers(10, taken), 3, async (number) => number);
    expect(taken).toEqual([]);
    await results.next();
    expect(taken).toEqual([0, 1, 2]);
    expect(await Array.fromAsync(results)).toHaveLength(9);
  });

  test('that nobody waits for any more are not left running', async () => {
    const { ends, call } = calls();
    let source = 'open';
    const inputs = (async function* () {
      try {
        yield* numbers(10);
      } finally {
        source = 'closed';
      }
    })();
    const results = mapConcurrently(inputs, 2, call);
    const first = results.next();
    while (ends.length < 2) await Promise.resolve();
    ends[0]?.resolve('a');
    await first;
    let gone = false;
    const leaving = results.return(undefined).then(() => {
      gone = true;
    });
    await new Promise(setImmediate);
    expect({ gone, source }).toEqual({ gone: false, source: 'closed' });
    ends[1]?.reject(new Error('of no interest'));
    await leaving;
  });

  test('fail in their turn', async () => {
    const results = mapConcurrently(numbers(3), 3, async (number) => {
      if (number === 1) throw new Error('one');
      return number;
    });
    expect((await results.next()).value).toBe(0);
    await expect(results.next()).rejects.toThrow('one');
  });
});

describe('batches', () => {
  test('are full but for the last', async () => {
    expect(await Array.fromAsync(inBatches(numbers(5), 2, undefined))).toEqual([[0, 1], [2, 3], [4]]);
    expect(await Array.fromAsync(inBatches(numbers(0), 2, undefined))).toEqual([]);
  });

  test('end when they are told to', async () => {
    const stop = new AbortController();
    const batches = inBatches(numbers(10), 2, stop.signal);
    expect((await batches.next()).value).toEqual([0, 1]);
    stop.abort();
    expect(await batches.next()).toEqual({ value: undefined, done: true });
  });
});

describe('groups', () => {
  const one = () => 1;
  const never = 60_000;

  test('are as heavy as the limit says', async () => {
    const groups = inGroups(numbers(5), (number) => number, { weight: 3, waitMs: never });
    expect(await Array.fromAsync(groups)).toEqual([[0, 1, 2], [3], [4]]);
    expect(await Array.fromAsync(inGroups(numbers(0), one, { weight: 3, waitMs: never }))).toEqual([]);
  });

  test('wait no longer than that for more, and ask for it meanwhile', async () => {
    const { ends, call } = calls();
    const groups = inGroups(mapConcurrently(numbers(3), 1, call), one, { weight: 10, waitMs: 5 });
    const first = groups.next();
    await expect.poll(() => ends.length).toBe(1);
    ends[0]?.resolve('a');
    expect((await first).value).toEqual(['a']);
    expect(ends).toHaveLength(2);
    ends[1]?.resolve('b');
    const second = groups.next();
    await expect.poll(() => ends.length).toBe(3);
    expect((await second).value).toEqual(['b']);
    ends[2]?.resolve('c');
    expect((await groups.next()).value).toEqual(['c']);
    expect((await groups.next()).done).toBe(true);
  });

  test('come before the failure that ends them', async () => {
    const inputs = (async function* () {
      yield* numbers(3);
      throw new Error('no more');
    })();
    const groups = inGroups(inputs, one, { weight: 2, waitMs: never });
    expect((await groups.next()).value).toEqual([0, 1]);
    expect((await groups.next()).value).toEqual([2]);
    await expect(groups.next()).rejects.toThrow('no more');
  });

  test('that nobody wants any more close what they come from', async () => {
    let closed = false;
    const inputs = (async function* () {
      try {
        yield* numbers(10);
      } finally {
        closed = true;
      }
    })();
    for await (const _group of inGroups(inputs, one, { weight: 2, waitMs: never })) break;
    expect(closed).toBe(true);
  });
});
