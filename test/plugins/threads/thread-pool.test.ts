import { describe, expect, test } from 'vitest';
import { ThreadPool } from '../../../src/plugins/threads/thread-pool.ts';

const MODULE = new URL('./fixtures/trouble-thread.ts', import.meta.url);

function pool({ size = 1, fails = false } = {}) {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  return { threads: new ThreadPool<string, number>(MODULE, { closed, fails }, size), closed };
}

const failed = { name: 'EmbeddingError', code: 'MODEL_FAILED', fault: 'transient' };

describe('threads that do the same', () => {
  test('work at once, and what is asked while all are at work waits for its turn', async () => {
    const { threads, closed } = pool({ size: 2 });
    const ids = await Promise.all(['nap', 'nap', 'nap', 'nap', 'nap'].map((request) => threads.ask(request)));
    expect(new Set(ids).size).toBe(2);
    await threads[Symbol.asyncDispose]();
    expect(closed[0]).toBe(2);
  });

  test('begin when they are needed, and go on with what they are at when they are to end', async () => {
    const { threads, closed } = pool({ size: 3 });
    await threads.ask('ready');
    const nap = threads.ask('nap');
    await threads[Symbol.asyncDispose]();
    expect(await nap).toBeGreaterThan(0);
    expect(closed[0]).toBe(1);
  });

  test('pass errors on with their code and fault', async () => {
    const { threads } = pool();
    await expect(threads.ask('refuse')).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED', fault: 'input' });
    await expect(threads.ask('throw')).rejects.toMatchObject({ ...failed, message: /undefined is no tensor/ });
    expect(await threads.ask('go on')).toBeGreaterThan(0);
    await threads[Symbol.asyncDispose]();
  });

  test('answer with the error of what they could not open', async () => {
    const { threads } = pool({ fails: true });
    await expect(threads.ask('x')).rejects.toMatchObject({ code: 'MODEL_MISSING', fault: 'final' });
    await threads[Symbol.asyncDispose]();
  });
});

describe('a thread that ends on its own', () => {
  test.each([
    ['crash', /failed: from nowhere/],
    ['exit', /failed: it was ended/],
  ])('by %s fails its request, and another takes its place', async (request, message) => {
    const { threads } = pool();
    const before = await threads.ask('ready');
    await expect(threads.ask(request)).rejects.toMatchObject({ ...failed, message });
    expect(await threads.ask('ready')).not.toBe(before);
    await threads[Symbol.asyncDispose]();
  });
});

describe('a request that is aborted', () => {
  test('rejects with the reason, and its thread goes on', async () => {
    const { threads } = pool();
    const thread = await threads.ask('ready');
    const controller = new AbortController();
    const call = threads.ask('wait', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(await threads.ask('ready')).toBe(thread);
    await threads[Symbol.asyncDispose]();
  });

  test('is never made where it still waits for its turn', async () => {
    const { threads } = pool();
    const controller = new AbortController();
    const first = threads.ask('nap');
    const second = threads.ask('crash', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    const thread = await first;
    expect(await threads.ask('ready')).toBe(thread);
    await threads[Symbol.asyncDispose]();
  });
});
