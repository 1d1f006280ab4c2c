import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Library } from '../../src/core/library.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';

let copy: LibraryCopy;
let library: Library;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  library = await Library.open(copy.path, { models: copy.models, mediaDir: copy.media });
});
afterEach(() => copy[Symbol.asyncDispose]());

const folders = async () => (await library.datasets()).map((dataset) => dataset.folder);
const problems = async () => (await library.problems()).map(({ folder, code }) => [folder, code]);
const path = (...names: string[]) => join(copy.path, ...names);

/** The library's dataset once more, under another folder name. */
async function again(folder: string, change: (info: Record<string, unknown>) => void = () => {}): Promise<void> {
  await cp(path('health_images'), path(folder), { recursive: true });
  const info = JSON.parse(await readFile(path(folder, 'info.json'), 'utf8'));
  change(info);
  await writeFile(path(folder, 'info.json'), JSON.stringify(info));
}

describe('a library', () => {
  test('holds each of its folders that has an info.json, and both layouts side by side', async () => {
    await using records = await copyOfLibrary('records');
    await cp(join(records.path, 'health_images'), path('records'), { recursive: true });
    await mkdir(path('models'));
    await writeFile(path('a-file'), '');
    await symlink(path('a-file'), path('link-to-a-file'));
    await again('.hidden');
    expect(library.name).toBe('pixano_library');
    expect((await library.datasets()).map((dataset) => [dataset.folder, dataset.layout.kind])).toEqual([
      ['health_images', 'ITEMS'],
      ['records', 'RECORDS'],
    ]);
    expect(await problems()).toEqual([]);
  });

  test('that is not there is an error', async () => {
    const nowhere = Library.open(path('nowhere'), { models: copy.models });
    await expect(nowhere).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('nowhere') });
    await expect(Library.open(path('health_images', 'info.json'), { models: copy.models })).rejects.toThrow();
  });

  test('gives the same dataset again, so that its tables stay open', async () => {
    const [first] = await library.datasets();
    const [second] = await library.datasets();
    expect(second).toBe(first);
  });
});

describe('a dataset that cannot be opened is a problem and hides no other', () => {
  test.each<[string, string, (folder: string) => Promise<void>]>([
    ['info.json is no JSON', 'INFO_INVALID', (folder) => writeFile(join(folder, 'info.json'), '{')],
    ['info.json has no id', 'INFO_INVALID', (folder) => writeFile(join(folder, 'info.json'), '{"name": "X"}')],
    ['info.json is gone', 'INFO_MISSING', (folder) => rm(join(folder, 'info.json'))],
    ['schema.json is no JSON', 'SCHEMA_INVALID', (folder) => writeFile(join(folder, 'schema.json'), 'x')],
    ['schema.json is gone', 'SCHEMA_INVALID', (folder) => rm(join(folder, 'schema.json'))],
    ['its tables are gone', 'TABLES_MISSING', (folder) => rm(join(folder, 'db'), { recursive: true })],
    ['its items are gone', 'TABLES_MISSING', (folder) => rm(join(folder, 'db/item.lance'), { recursive: true })],
  ])('where %s', async (_what, code, damage) => {
    await again('broken');
    expect(await folders()).toEqual(['broken', 'health_images']);
    await damage(path('broken'));
    const opened = await Library.open(copy.path, { models: copy.models });
    expect((await opened.datasets()).map((dataset) => dataset.folder)).toEqual(['health_images']);
    const [problem] = await opened.problems();
    expect(problem).toMatchObject({ folder: 'broken', code, message: expect.stringContaining(path('broken')) });
  });

  test('until it is repaired', async () => {
    const info = await readFile(path('health_images', 'info.json'));
    await writeFile(path('health_images', 'info.json'), 'x');
    expect(await folders()).toEqual([]);
    await writeFile(path('health_images', 'info.json'), info);
    expect(await folders()).toEqual(['health_images']);

    await rename(path('health_images', 'db'), path('health_images', 'away'));
    // Nothing in the files by which a change is noticed tells of this one.
    expect(await problems()).toEqual([['health_images', 'TABLES_MISSING']]);
    await rename(path('health_images', 'away'), path('health_images', 'db'));
    expect(await folders()).toEqual(['health_images']);
    expect(await problems()).toEqual([]);
  });
});

describe('a dataset is found', () => {
  test('by Pixano’s id, by its folder, by its name', async () => {
    await again('other', (info) => {
      info.id = 'other-id';
      info.name = 'Other';
    });
    const folderOf = async (by: Parameters<Library['find']>[0]) => (await library.find(by))?.folder;
    expect(await folderOf({ pixanoId: 'other-id' })).toBe('other');
    expect(await folderOf({ folder: 'other' })).toBe('other');
    expect(await folderOf({ name: 'Other' })).toBe('other');
    expect(await library.find({ pixanoId: 'Other' })).toBeNull();
    expect(await library.find({ folder: '../pixano_library/other' })).toBeNull();
  });

  test('by its folder alone where a copy has the same id and name', async () => {
    await again('copy');
    const ambiguous = { code: 'INVALID_INPUT', message: /copy, health_images/ };
    await expect(library.find({ pixanoId: 'health_images' })).rejects.toMatchObject(ambiguous);
    await expect(library.find({ name: 'Health Images' })).rejects.toMatchObject(ambiguous);
    expect((await library.find({ folder: 'copy' }))?.folder).toBe('copy');
  });

  test('under the name that it was given while the library was open', async () => {
    expect(await folders()).toEqual(['health_images']);
    await writeFile(path('health_images', 'info.json'), JSON.stringify({ id: 'new', name: 'New' }));
    expect(await library.find({ name: 'New' })).toMatchObject({ id: 'new', description: '' });
  });
});

describe('one broken dataset hides no other', () => {
  test('where its table of items is damaged, before and after it was opened', async () => {
    await again('second', (info) => Object.assign(info, { id: 'second', name: 'Second' }));
    expect(await folders()).toEqual(['health_images', 'second']);
    await rm(path('second', 'db', 'item.lance', 'data'), { recursive: true });
    await rm(path('second', 'db', 'item.lance', '_versions'), { recursive: true });
    expect(await folders()).toEqual(['health_images']);
    expect(await problems()).toEqual([['second', 'TABLE_UNREADABLE']]);
    expect(await library.find({ folder: 'second' })).toBeNull();
  });

  test('where its tables were moved away while it was open', async () => {
    await again('second', (info) => Object.assign(info, { id: 'second', name: 'Second' }));
    expect(await folders()).toEqual(['health_images', 'second']);
    await rename(path('second', 'db'), path('second', 'elsewhere'));
    expect(await folders()).toEqual(['health_images']);
    expect(await problems()).toEqual([['second', 'TABLES_MISSING']]);
  });

  test.skipIf(process.platform === 'win32')('where its info.json is a pipe that nobody writes to', async () => {
    await mkdir(path('pipe'));
    execFileSync('mkfifo', [path('pipe', 'info.json')]);
    expect(await folders()).toEqual(['health_images']);
    expect(await problems()).toEqual([['pipe', 'INFO_INVALID']]);
  });
});

test('no name leads out of the library', async () => {
  for (const folder of [
    '..',
    '.',
    '',
    '../pixano_library/health_images',
    'health_images/../health_images',
    '.hidden',
  ]) {
    expect(await library.find({ folder })).toBeNull();
  }
});
