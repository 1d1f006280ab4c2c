import { describe, expect, test } from 'vitest';
import { conformanceTests } from '../../../src/plugins/testing/conformance.ts';

const module = new URL('./fixtures/promise-breaker.ts', import.meta.url);

/** What the suite says of the model, by the names of the tests that fail. */
async function failuresOf(breaks: string): Promise<string[]> {
  const failures: string[] = [];
  const tests = await conformanceTests({ module, options: { breaks }, rounds: breaks === 'memory' ? 50 : 15 });
  for (const { name, run } of tests) {
    await run().catch((error: Error) => failures.push(`${name}: ${error.message}`));
  }
  return failures;
}

test('a plugin that keeps all promises passes', async () => {
  expect(await failuresOf('nothing')).toEqual([]);
});

describe('a plugin that breaks the promise of', () => {
  test.each([
    ['order', /^keeps the order of images: .*in the opposite order: vector 1 of 5 differs by/],
    ['count', /^gives one vector for each.*images.*: 1 inputs gave 0 vectors: there must be one for each\./],
    ['dimension', /^gives one vector for each.*texts.*: Vector 1 of 1 has 3 numbers where the model promises 4\./],
    ['finite', /^gives one vector for each.*texts.*: Vector 1 of 1 has a number that is not finite\./],
    ['length', /^gives one vector for each.*texts.*: Vector 1 of 1 has length .* though the model promises normalised/],
    ['sameness', /^gives for the same texts the same vectors: .*a second time: vector 1/],
    ['batch', /^gives for a batch of texts what it gives for each alone: .*in a batch: vector 1/],
    ['concurrency', /^answers calls that run at once.*: The vectors of calls at once: vector 1/],
    ['abort', /^stops for texts whose signal aborts.*: An aborted call must reject with the reason\./],
    ['empty', /^answers no texts with no vectors: no input/],
    [
      'picture',
      /^names what is wrong with a bad picture.*: Of an empty file it says ".*", which is no EmbeddingError\./,
    ],
    ['text', /^embeds hard texts.*: Of an empty text it says "no token", which is no EmbeddingError\./],
    ['location', /^finds its model.*: `locate` promises 5 dimensions, and the model has 4\./],
    ['modalities', /^finds its model.*/],
    [
      'process',
      /^gives the same vectors in a process of its own.*: The vectors of images in another process: vector 1/,
    ],
    ['memory', /^frees its memory.*: 35 times loading and disposing left \d+ more bytes/],
    ['handles', /^frees its memory.*: 11 times loading and disposing left \d+ more handles/],
  ])('%s is told so', async (breaks, message) => {
    const failures = await failuresOf(breaks);
    expect(failures.filter((failure) => message.test(failure.replaceAll('\n', ' ')))).toHaveLength(1);
  });
});
