import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MediaFolder } from '../../src/core/media-folder.ts';
import { expectEveryCase, readGolden } from '../golden.ts';

const PATH = 'items/image_url_resolution.json';
const recorded = await readGolden(PATH, z.record(z.string(), z.string().nullable()));

/** Files of the folder in which Pixano looked; each holds its own name. */
const FILES = ['plain.png', 'a b.png', 'a#b.png', 'a?b.png', '100%.png', 'é.png'];

let folder: string;
let media: MediaFolder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
  media = new MediaFolder(folder);
  for (const name of FILES) await writeFile(join(folder, name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const here = (address: string) => address.replace('file://WORK/nm', () => pathToFileURL(folder).href);
const addresses = Object.keys(recorded).filter((address) => recorded[address] !== null);
const outside = addresses.filter((address) => address.startsWith('../') || address.startsWith('ftp:'));
const inside = addresses.filter((address) => !outside.includes(address));

describe('an address of a picture', () => {
  // Pixano cuts a name at "#", and does not follow ".." through a folder that is not there.
  test.each(inside.map((address) => [address, recorded[address]]))(
    '%s is read, be it that Pixano 0.6.12 says of it: %s',
    async (address) => {
      const name = address?.replace('sub/../', '').split('/').at(-1)?.replace('%20', ' ');
      expect(Buffer.from(await media.read(here(address ?? ''))).toString()).toBe(name);
    },
  );

  test.each(outside.map((address) => [address, recorded[address]]))(
    '%s leads out of the folder and is refused, be it that Pixano 0.6.12 says of it: %s',
    async (address) => {
      await expect(media.read(address ?? '')).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN' });
    },
  );

  test('is recorded in 19 cases', () => expectEveryCase(PATH, Object.keys(recorded), addresses));
});
