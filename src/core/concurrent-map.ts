import { setTimeout as delay } from 'node:timers/promises';

/**
 * Results in the order of their inputs, with at most `width` calls under way. No input is taken
 * before there is room for it, and none is left running when the consumer goes.
 */
export async function* mapConcurrently<Input, Output>(
  inputs: AsyncIterable<Input>,
  width: number,
  call: (input: Input) => Promise<Output>,
): AsyncGenerator<Output> {
  const underWay: Promise<Output>[] = [];
  try {
    for await (const input of inputs) {
      const output = call(input);
      // It may fail long before its turn comes; then its turn tells.
      output.catch(() => {});
      underWay.push(output);
      const first = underWay.length >= width ? underWay.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) yield await next;
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** Groups of `size` inputs, the last one smaller; once `signal` aborts, no further group. */
export async function* inBatches<Input>(
  inputs: AsyncIterable<Input>,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Input[]> {
  let batch: Input[] = [];
  for await (const input of inputs) {
    if (signal?.aborted) return;
    batch.push(input);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Groups of inputs that came one after the other: one ends when it is as heavy as the limit then
 * says, or when its first input has waited as long. The next input is asked for before a group is
 * handed out, so that it comes while the group is worked on. Where the inputs fail, what came before
 * is a group.
 */
export async function* inGroups<Input>(
  inputs: AsyncIterable<Input>,
  weigh: (input: Input) => number,
  limit: { readonly weight: number; readonly waitMs: number },
): AsyncGenerator<Input[]> {
  const iterator = inputs[Symbol.asyncIterator]();
  try {
    let next = ask(iterator);
    for (let ended = false; !ended; ) {
      const group: Input[] = [];
      let weight = 0;
      const wait = new AbortController();
      let due: Promise<'due'> | undefined;
      for (;;) {
        const came = await (due === undefined ? next : Promise.race([next, due]));
        if (came === 'due') break;
        if ('error' in came || came.done) {
          ended = true;
          break;
        }
        group.push(came.value);
        weight += weigh(came.value);
        next = ask(iterator);
        if (weight >= limit.weight) break;
        due ??= delay(limit.waitMs, 'due' as const, { signal: wait.signal }).catch(() => 'due' as const);
      }
      wait.abort();
      if (group.length > 0) yield group;
    }
    const last = await next;
    if ('error' in last) throw last.error;
  } finally {
    await iterator.return?.();
  }
}

/** The next input, or why there is none: nobody may be waiting for it when it fails. */
function ask<Input>(iterator: AsyncIterator<Input>): Promise<IteratorResult<Input> | { readonly error: unknown }> {
  return iterator.next().catch((error: unknown) => ({ error }));
}
