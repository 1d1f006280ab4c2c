import { expect, test } from 'vitest';
import { SharedCalls } from '../../src/server/shared-calls.ts';

function calls() {
  const shared = new SharedCalls<string>();
  const begun: { signal: AbortSignal; resolve(value: string): void; reject(error: Error): void }[] = [];
  const join = (key: string, signal = new AbortController().signal) =>
    shared.join(
      key,
      ({ signal: abandoned }) => {
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        begun.push({ signal: abandoned, resolve, reject });
        return promise;
      },
      { signal },
    );
  return { begun, join };
}

test('a call that several wait for is made once, and anew when it is over', async () => {
  const { begun, join } = calls();
  const waiting = [join('a'), join('a'), join('b')];
  begun[0]?.resolve('first');
  begun[1]?.resolve('other');
  expect(await Promise.all(waiting)).toEqual(['first', 'first', 'other']);
  const again = join('a');
  begun[2]?.resolve('second');
  expect(await again).toBe('second');
});

test('one that goes away leaves the call to the others, and the last one ends it', async () => {
  const { begun, join } = calls();
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [join('a', first.signal), join('a', second.signal)];
  first.abort();
  await expect(waiting[0]).rejects.toThrow('aborted');
  expect(begun[0]?.signal.aborted).toBe(false);
  second.abort();
  await expect(waiting[1]).rejects.toThrow('aborted');
  expect(begun[0]?.signal.aborted).toBe(true);
  // Who comes now does not get what was given up.
  const late = join('a');
  begun[1]?.resolve('anew');
  expect(await late).toBe('anew');
});

test('all who wait hear of a failure, and the next call is a new one', async () => {
  const { begun, join } = calls();
  const waiting = [join('a'), join('a')];
  begun[0]?.reject(new Error('no'));
  await expect(waiting[0]).rejects.toThrow('no');
  await expect(waiting[1]).rejects.toThrow('no');
  const again = join('a');
  begun[1]?.resolve('yes');
  expect(await again).toBe('yes');
});
