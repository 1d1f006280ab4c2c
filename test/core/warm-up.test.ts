import { describe, expect, test } from 'vitest';
import { measurePace } from '../../src/core/warm-up.ts';
import type { EmbeddingModel } from '../../src/plugins/embedding-plugin.ts';
import touchy from './fixtures/touchy-plugin.ts';

const { signal } = new AbortController();

async function load(options: object): Promise<EmbeddingModel> {
  const parsed = await touchy.options['~standard'].validate(options);
  if (parsed.issues) throw new Error(JSON.stringify(parsed.issues));
  return touchy.load(parsed.value, { modelFolders: [], threads: 1 });
}

describe('the batch that is measured', () => {
  test.each([
    ['the largest where a batch takes as long whatever its size', { imageMs: 20, maxBatch: 32 }, 32],
    ['of no more than the model takes', { imageMs: 20, maxBatch: 20 }, 16],
    ['the usual one where a picture takes as long whatever the batch', { pictureMs: 20, maxBatch: 32 }, 8],
    ['smaller where that would take too long', { pictureMs: 80, maxBatch: 32 }, 2],
    ['a single picture where two take too long', { imageMs: 150, pictureMs: 75, maxBatch: 32 }, 1],
    ['a single picture where even that takes too long', { imageMs: 700, maxBatch: 32 }, 1],
    ['of no more than the memory suffices for', { imageMs: 20, maxBatch: 32, memoryFor: 9 }, 8],
  ])('is %s', async (_, options, expected) => {
    expect(await measurePace(await load(options), { signal })).toMatchObject({ batch: expected });
  });

  test('is none where the model fails on a single picture', async () => {
    const model = await load({ memoryFor: 0 });
    await expect(measurePace(model, { signal })).rejects.toThrow('out of memory');
  });

  test('is none where the measurement is stopped', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    const model = await load({ imageMs: 20 });
    await expect(measurePace(model, { signal: stop.signal })).rejects.toThrow('enough');
  });
});
