import { setImmediate as later } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Gate, gateOf } from '../../src/core/gate.ts';

const signal = undefined;

describe('a gate', () => {
  test('lets one alone through when those before it are done, and before those after it', async () => {
    const gate = new Gate();
    const order: string[] = [];
    const ends = Promise.withResolvers<void>();
    const call = (name: string, wait?: Promise<void>) => async () => {
      order.push(`${name} in`);
      await (wait ?? later());
      order.push(`${name} out`);
    };
    const together = ['a', 'b'].map((name) =>
      gate.together(call(name, name === 'a' ? ends.promise : undefined), { signal }),
    );
    await later();
    const alone = ['c', 'd'].map((name) => gate.alone(call(name), { signal }));
    const after = gate.together(call('e'), { signal });
    await later();
    await later();
    expect(order).toEqual(['a in', 'b in', 'b out']);
    ends.resolve();
    await Promise.all([...together, ...alone, after]);
    expect(order.slice(3)).toEqual(['a out', 'c in', 'c out', 'd in', 'd out', 'e in', 'e out']);
  });

  test('is not waited at once the signal aborts, and stays of use to others', async () => {
    const gate = new Gate();
    const ends = Promise.withResolvers<string>();
    const alone = gate.alone(() => ends.promise, { signal });
    const stop = new AbortController();
    const waiting = [gate.together(async () => 'never', stop), gate.alone(async () => 'never', stop)];
    const last = gate.together(async () => 'last', { signal });
    stop.abort(new Error('enough'));
    for (const each of waiting) await expect(each).rejects.toThrow('enough');
    ends.resolve('alone');
    expect(await Promise.all([alone, last])).toEqual(['alone', 'last']);
  });

  test('passes on what a call throws', async () => {
    const gate = new Gate();
    const fail = async () => {
      throw new Error('failed');
    };
    await expect(gate.alone(fail, { signal })).rejects.toThrow('failed');
    await expect(gate.together(fail, { signal })).rejects.toThrow('failed');
    expect(await gate.alone(async () => 1, { signal })).toBe(1);
  });

  test('is one for all who name the same', () => {
    const owner = {};
    expect(gateOf(owner, 'a')).toBe(gateOf(owner, 'a'));
    expect(gateOf(owner, 'a')).not.toBe(gateOf(owner, 'b'));
    expect(gateOf(owner, 'a')).not.toBe(gateOf({}, 'a'));
  });
});
