import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, realpath, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { MediaFolder } from '../../../src/core/media-folder.ts';
import { makeSource, PICTURE } from './source.ts';

/** Names that an address, a URL or SQL could take for something else. */
const NAMES = ['a b', '#', '%', '%20', '?', '\n', 'é', '日本', `'"`, 'cam1:03', '-', '~', '\\', 'x ', '&', ';', '+'];

describe.each(['ITEMS', 'RECORDS'] as const)('in the layout %s', (layout) => {
  test('pictures of any name are taken, and found again', async () => {
    await using source = await makeSource();
    await source.pictures(...NAMES.map((name) => `a #%20?/${name}.png`));
    expect(await source.import({ layout })).toMatchObject({ added: NAMES.length, failures: [] });
    const rows = await source.rows(layout === 'ITEMS' ? 'image' : 'images');
    const media = new MediaFolder(source.media);
    for (const { values } of rows) {
      const bytes = layout === 'ITEMS' ? await media.read(String(values.url)) : values.raw_bytes;
      expect(Buffer.compare(bytes as Uint8Array, PICTURE)).toBe(0);
    }
    expect(await source.import({ layout })).toMatchObject({ added: 0, present: NAMES.length });
  });

  test('nothing outside the source is read', async () => {
    await using source = await makeSource();
    await mkdir(join(source.folder, 'outside'));
    await writeFile(join(source.folder, 'outside/secret.png'), PICTURE);
    await source.pictures('all/good.png', 'paths/good.png', 'paths/more.png');
    await symlink('../../outside/secret.png', join(source.path, 'all/link.png'));
    await symlink('../../outside', join(source.path, 'all/folder'));
    await symlink('../outside', join(source.path, 'split'));
    await symlink('good.png', join(source.path, 'all/within.png'));
    await source.metadata(
      'paths',
      { image: '../../outside/secret.png' },
      { image: join(source.folder, 'outside/secret.png') },
      { image: 'https://example.com/secret.png' },
      { image: '../all/good.png' },
    );
    const { added, failures } = await source.import({ layout });
    expect(added).toBe(3);
    expect(failures.map(({ where, code }) => `${where} ${code}`)).toEqual([
      'all/folder MEDIA_FORBIDDEN',
      'all/link.png MEDIA_FORBIDDEN',
      'paths/metadata.jsonl:1 MEDIA_FORBIDDEN',
      'paths/metadata.jsonl:2 MEDIA_FORBIDDEN',
      'paths/metadata.jsonl:3 MEDIA_FORBIDDEN',
      'split MEDIA_FORBIDDEN',
    ]);
  });

  test('metadata that lead out of the source are not read', async () => {
    await using source = await makeSource();
    await writeFile(join(source.folder, 'secret.jsonl'), '{"image": "a.png"}');
    await source.pictures('all/a.png');
    await symlink('../../secret.jsonl', join(source.path, 'all/metadata.jsonl'));
    await expect(source.import({ layout })).rejects.toThrow('all/metadata.jsonl leads out of');
  });

  test('pipes, folders and files of gigabytes are left out', async () => {
    await using source = await makeSource();
    await source.pictures('all/good.png');
    await promisify(execFile)('mkfifo', [join(source.path, 'all/pipe.png')]);
    await mkdir(join(source.path, 'all/folder.png'));
    await source.file('all/huge.png', '');
    await truncate(join(source.path, 'all/huge.png'), 5 * 2 ** 30);
    const { added, failures } = await source.import({ layout });
    expect(added).toBe(1);
    expect(failures.map(({ where, code }) => `${where} ${code}`)).toEqual([
      'all/huge.png MEDIA_TOO_LARGE',
      'all/pipe.png MEDIA_UNREADABLE',
    ]);
  });

  test('a library within the source, or a source within a dataset, is refused', async () => {
    await using source = await makeSource();
    await source.pictures('all/a.png');
    await expect(source.import({ layout, library: join(source.path, 'library') })).rejects.toThrow('lies in');
    await expect(source.import({ layout, library: source.path })).rejects.toThrow('lies in');
    await source.import({ layout });
    const within = join(source.library, 'test');
    await expect(source.import({ layout, source: within, name: 'Other' })).rejects.toThrow('lies in the dataset');
    expect(await readdir(source.path)).toEqual(['all']);
  });
});

test('a folder without pictures is refused, and nothing is made', async () => {
  await using source = await makeSource();
  await source.file('all/notes.txt', 'x');
  await mkdir(join(source.path, 'empty'));
  await expect(source.import()).rejects.toThrow(`There is no picture in ${source.path}`);
  expect(await readdir(source.folder)).toEqual(['source']);
});

test('a media folder within the source is refused', async () => {
  await using source = await makeSource();
  await source.pictures('all/a.png');
  const media = join(source.path, 'media');
  await expect(source.import({ layout: 'ITEMS', media })).rejects.toThrow('would be imported as well');
  expect(await readdir(source.folder)).toEqual(['source']);
});

test('a file in the media folder is not written over', async () => {
  await using source = await makeSource();
  await source.pictures('all/a.png', 'all/b.png');
  await mkdir(join(source.media, 'test/all'), { recursive: true });
  await writeFile(join(source.media, 'test/all/a.png'), 'mine');
  const { added, failures } = await source.import({ layout: 'ITEMS' });
  expect([added, failures.map(({ where }) => where)]).toEqual([1, ['all/a.png']]);
  expect(await readFile(join(source.media, 'test/all/a.png'), 'utf8')).toBe('mine');
});

test('pictures are not copied through a link that leads out of the media folder', async () => {
  await using source = await makeSource();
  await source.pictures('all/a.png');
  await mkdir(source.media);
  await mkdir(join(source.folder, 'elsewhere'));
  await symlink('../elsewhere', join(source.media, 'test'));
  await expect(source.import({ layout: 'ITEMS' })).rejects.toThrow('pictures are not copied through it');
  expect(await readdir(join(source.folder, 'elsewhere'))).toEqual([]);
});

describe('the name of a dataset', () => {
  test.each([
    ['Health Images', 'health_images'],
    ['../a/b.c', 'a_b_c'],
    ['  Über 9! ', 'ber_9'],
  ])('%j becomes the folder %s, as Pixano 0.8 does it', async (name, folder) => {
    await using source = await makeSource();
    await source.pictures('a.png');
    expect(await source.import({ name })).toMatchObject({ folder });
    expect(JSON.parse(await readFile(join(source.library, folder, 'info.json'), 'utf8')).name).toBe(name);
    expect((await readdir(source.folder)).sort()).toEqual(['library', 'source']);
  });

  test.each(['', '日本', '..', 'a\nb'])('%j is refused', async (name) => {
    await using source = await makeSource();
    await source.pictures('a.png');
    await expect(source.import({ name })).rejects.toThrow('cannot name a dataset');
  });

  test('that makes too long a folder is refused', async () => {
    await using source = await makeSource();
    await source.pictures('a.png');
    await expect(source.import({ name: 'a'.repeat(201) })).rejects.toThrow('at most 200');
  });

  test('that is taken by another dataset, layout or file is refused', async () => {
    await using source = await makeSource();
    await source.pictures('a.png');
    await source.import();
    await expect(source.import({ name: 'te st' })).resolves.toMatchObject({ folder: 'te_st' });
    await expect(source.import({ name: 'TE-ST' })).rejects.toThrow('is that of the dataset "te st"');
    await expect(source.import({ layout: 'ITEMS' })).rejects.toThrow('is of the records layout already');
    await writeFile(join(source.library, 'file'), 'x');
    await expect(source.import({ name: 'file' })).rejects.toThrow('is there and no dataset');
  });

  test('by uri is for the records layout', async () => {
    await using source = await makeSource();
    await source.pictures('a.png');
    await expect(source.import({ layout: 'ITEMS', byUri: true })).rejects.toThrow('leave --by-uri out');
    expect(await realpath(source.path)).toContain('source');
  });
});
