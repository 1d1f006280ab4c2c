import { expect, test } from 'vitest';
import { lanceSession } from '../../src/core/lance-session.ts';
import { copyOfLibrary, openDataset } from '../library.ts';

test('what Lance remembers of a table is kept where it is limited', async () => {
  await using copy = await copyOfLibrary('items');
  const before = lanceSession.sizeBytes();
  expect(lanceSession.approxNumItems()).toBe(0);
  const dataset = await openDataset(copy);
  expect((await Array.fromAsync(dataset.views.stream())).length).toBe(12);
  expect(lanceSession.approxNumItems()).toBeGreaterThan(0);
  expect(lanceSession.sizeBytes()).toBeGreaterThan(before);
});
