import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flagsOf, run } from '../cli/run.ts';
import { makeSource } from '../core/import/source.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

describe('an import', () => {
  test('makes its dataset in the library, whatever it is called, or none', async () => {
    await using source = await makeSource();
    await source.pictures('all/a.png');
    const around = await readdir(source.folder);
    for (const name of [
      '../escaped',
      '/tmp/escaped',
      'a/../../escaped',
      'C:\\x',
      '.viewfinder',
      ...HOSTILE_TEXTS.filter((text) => /[./\\\\~\0]/.test(text)),
    ]) {
      const made = await source.import({ name }).then(
        ({ folder }) => folder,
        (error: Error) => error.name,
      );
      expect(made, name).toMatch(/^([a-z0-9_]+|ValidationError|ConflictError)$/);
    }
    const folders = (await readdir(source.library)).filter((each) => !each.endsWith('.lock'));
    for (const folder of folders) expect(folder).toMatch(/^[a-z0-9_]+$/);
    expect((await readdir(source.folder)).filter((each) => !around.includes(each))).toEqual(['library']);
  });

  test('takes no split and no view whose name leads out of the media folder', async () => {
    await using source = await makeSource();
    await source.pictures('all/a.png');
    await source.metadata('all', { views: { '../../escaped': 'a.png' } }, { image: 'a.png', id: '../../escaped' });
    await source.import({ layout: 'ITEMS' }).catch((error: Error) => expect(error.name).toBe('ValidationError'));
    const written = await readdir(source.folder, { recursive: true });
    expect(written.filter((path) => path.includes('escaped') && !path.startsWith('library'))).toEqual([]);
    expect(written.filter((path) => path.split('/').some((step) => step === 'escaped'))).toEqual([]);
  });
});

describe('files of its own', () => {
  test.each(['/proc/self', '/dev/null/x'])('are not kept in %s, and one line says so', async (state) => {
    const { code, stderr } = await run(['serve', '--port', '0', ...flagsOf(copy), '--state', state]);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('--state');
  });
});
