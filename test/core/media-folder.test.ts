import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MediaFolder } from '../../src/core/media-folder.ts';

/** Files of the media folder; each holds its own name. */
const FILES = ['plain.png', 'a b.png', 'a#b.png', 'a?b.png', '100%.png', 'é.png', 'sub/c.png', 'x y.png', 'x%20y.png'];

let parent: string;
let folder: string;
let media: MediaFolder;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'media-'));
  folder = join(parent, 'media');
  media = new MediaFolder(folder);
  await mkdir(join(folder, 'sub'), { recursive: true });
  await mkdir(join(parent, 'media-beside'));
  for (const name of [...FILES, '../secret.png', '../media-beside/secret.png']) {
    await writeFile(join(folder, name), name);
  }
  await symlink(join(parent, 'secret.png'), join(folder, 'out.png'));
  await symlink(parent, join(folder, 'up'));
  await symlink(join(folder, 'plain.png'), join(folder, 'alias.png'));
  await symlink(join(folder, 'nowhere'), join(folder, 'dangling.png'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const read = async (address: string) => Buffer.from(await media.read(address)).toString();

describe('an address leads to a file in the media folder', () => {
  // The cases in which Pixano 0.6.12 finds a picture, and its "#", which cuts the name there.
  test.each([
    ['plain.png', 'plain.png'],
    ['/plain.png', 'plain.png'],
    ['a b.png', 'a b.png'],
    ['/a b.png', 'a b.png'],
    ['a%20b.png', 'a b.png'],
    ['/a%20b.png', 'a b.png'],
    ['a#b.png', 'a#b.png'],
    ['a?b.png', 'a?b.png'],
    ['100%.png', '100%.png'],
    ['/100%.png', '100%.png'],
    ['é.png', 'é.png'],
    ['%C3%A9.png', 'é.png'],
    ['sub/c.png', 'sub/c.png'],
    ['sub%2Fc.png', 'sub/c.png'],
    ['sub/../plain.png', 'plain.png'],
    ['./plain.png', 'plain.png'],
  ])('%s to %s', async (address, file) => {
    expect(media.serves(address)).toBe(true);
    expect(await read(address)).toBe(file);
  });

  test('which is the one of that very name, before the one that it stands for when decoded', async () => {
    expect(await read('x%20y.png')).toBe('x%20y.png');
    expect(await read('x y.png')).toBe('x y.png');
  });

  test('by an absolute path or a file: address within it, and by a link that stays inside', async () => {
    expect(await read(join(folder, 'plain.png'))).toBe('plain.png');
    expect(await read(pathToFileURL(join(folder, 'a b.png')).href)).toBe('a b.png');
    expect(await read('alias.png')).toBe('plain.png');
  });

  test('also where the folder itself is reached by a link', async () => {
    await symlink(folder, join(parent, 'linked'));
    const bytes = await new MediaFolder(join(parent, 'linked')).read('plain.png');
    expect(Buffer.from(bytes).toString()).toBe('plain.png');
  });
});

describe('nothing else is read', () => {
  test.each([
    '../secret.png',
    '/../secret.png',
    'sub/../../secret.png',
    '../media-beside/secret.png',
    'file:///etc/hostname',
    'file://elsewhere/share/picture.png',
    'http://example.org/picture.png',
    'HTTPS://example.org/picture.png',
    's3://bucket/picture.png',
    'ftp://x/y.png',
    'data:image/png;base64,AAAA',
    'plain.png\0.jpg',
    '..',
    '.',
    '/',
    '',
  ])('%j is forbidden', async (address) => {
    expect(media.serves(address)).toBe(false);
    await expect(media.read(address)).rejects.toMatchObject({ name: 'MediaError', code: 'MEDIA_FORBIDDEN' });
  });

  test.each(['out.png', 'up/secret.png', 'up/media-beside/secret.png'])(
    'through a link that leads out: %s',
    async (address) => {
      await expect(media.read(address)).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN' });
    },
  );

  test.each([
    '/etc/hostname',
    'gone.png',
    'plain.png/x',
    'dangling.png',
    // Names that a file of the folder might have, and that decoded lead out of it.
    '..%2Fsecret.png',
    '%2e%2e/secret.png',
    'file%3A///etc/hostname',
    '%00',
  ])('%s is not there', async (address) => {
    await expect(media.read(address)).rejects.toMatchObject({ code: 'MEDIA_MISSING' });
  });

  test('a name that no file can have is that of no file', async () => {
    await expect(media.read('x'.repeat(5000))).rejects.toMatchObject({ code: 'MEDIA_MISSING' });
  });

  test('a folder is no file', async () => {
    await expect(media.read('sub')).rejects.toMatchObject({ code: 'MEDIA_UNREADABLE', message: /not a file/ });
  });

  test.skipIf(process.platform === 'win32')('a pipe is not waited for', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'pipe.png')]);
    await expect(media.read('pipe.png')).rejects.toMatchObject({ code: 'MEDIA_UNREADABLE', message: /not a file/ });
  });

  test('a file of more than 256 MiB is not taken into memory', async () => {
    await writeFile(join(folder, 'huge.png'), '');
    await truncate(join(folder, 'huge.png'), 256 * 1024 * 1024 + 1);
    await expect(media.read('huge.png')).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
  });

  test('a media folder that is not there is named', async () => {
    const nowhere = new MediaFolder(join(parent, 'nowhere'));
    await expect(nowhere.read('plain.png')).rejects.toMatchObject({
      code: 'MEDIA_MISSING',
      message: expect.stringContaining(join(parent, 'nowhere')),
    });
  });
});
