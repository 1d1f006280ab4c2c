import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, start } from './run.ts';

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

describe.skipIf(process.platform !== 'linux')('serve', () => {
  const environmentOf = async (given: Readonly<Record<string, string>>) => {
    const command = start(['serve', '--port', '0', ...flagsOf(copy)], undefined, given);
    const line = await command.line();
    const environment = await readFile(`/proc/${command.process.pid}/environ`, 'utf8');
    command.process.kill();
    const { code, stdout } = await command.outcome;
    expect([code, stdout]).toEqual([0, `${line}\n`]);
    return environment.split('\0').filter((each) => each.startsWith('MALLOC_'));
  };

  test('keeps the memory of a search for the next one, in the process that was started', async () => {
    expect((await environmentOf({})).sort()).toEqual([
      'MALLOC_MMAP_THRESHOLD_=33554432',
      'MALLOC_TRIM_THRESHOLD_=268435456',
    ]);
  });

  test('leaves an allocator that somebody has set up as it is', async () => {
    expect(await environmentOf({ MALLOC_ARENA_MAX: '2' })).toEqual(['MALLOC_ARENA_MAX=2']);
  });
});
