import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDataset } from '../../src/cli/workspace.ts';
import { Library } from '../../src/core/library.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  await cp(join(copy.path, 'health_images'), join(copy.path, 'second'), { recursive: true });
});
afterEach(() => copy[Symbol.asyncDispose]());

async function find(name: string): Promise<string> {
  return (await findDataset(await Library.open(copy.path, { models: copy.models }), name)).folder;
}

describe('of a dataset and its copy, which have one id,', () => {
  test('each is found by its folder, though one folder is named as the id', async () => {
    expect(await find('health_images')).toBe('health_images');
    expect(await find('second')).toBe('second');
  });

  test('none is found by the id or the name alone', async () => {
    await rename(join(copy.path, 'health_images'), join(copy.path, 'first'));
    await expect(find('health_images')).rejects.toThrow('(first, second)');
    await expect(find('Health Images')).rejects.toThrow('(first, second)');
  });
});
