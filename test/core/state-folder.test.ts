import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateFolder } from '../../src/core/state-folder.ts';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'viewfinder-state-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

describe('the folder of our own files', () => {
  test('is in the library unless another is named', () => {
    expect(new StateFolder(temporary).path).toBe(join(temporary, '.viewfinder'));
    expect(new StateFolder(temporary, '/elsewhere').path).toBe('/elsewhere');
  });

  test('is made when something is to be written, and not before', async () => {
    const state = new StateFolder(temporary);
    await expect(stat(state.path)).rejects.toMatchObject({ code: 'ENOENT' });
    const folder = await state.writable('verifications', 'health_images');
    expect(folder).toBe(join(state.path, 'verifications', 'health_images'));
    expect((await stat(folder)).isDirectory()).toBe(true);
    expect(await state.writable('verifications', 'health_images')).toBe(folder);
  });

  test('is made with the folders above it, by several at once', async () => {
    const state = new StateFolder(temporary, join(temporary, 'of', 'a', 'library'));
    const folders = await Promise.all([1, 2, 3].map(() => state.writable('verifications')));
    expect(new Set(folders)).toEqual(new Set([join(state.path, 'verifications')]));
  });

  test.runIf(process.platform === 'linux')('is not waited for where the system makes none', async () => {
    await expect(new StateFolder(temporary, '/proc/none/here').writable()).rejects.toMatchObject({
      message: expect.stringMatching(/ENOENT.*--state DIR/),
    });
  });

  test('that cannot be made is said to be so, and what to do', async () => {
    await writeFile(join(temporary, 'file'), '');
    await expect(new StateFolder(temporary, join(temporary, 'file')).writable('jobs')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['state'], message: expect.stringMatching(/file.jobs \(ENOTDIR\): .*--state DIR/) }],
    });
  });
});
