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
