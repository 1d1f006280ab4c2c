import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { copyPictures, MODEL_FLAGS, PICTURES, SharedLibrary } from './shared-library.ts';

let library: SharedLibrary;
let pixano: PixanoProcess;

beforeAll(async () => {
  library = await SharedLibrary.make({ library: 'library', media: 'media' });
  await copyPictures(join(library.media, 'health'));
  pixano = PixanoProcess.start('0.6.12', 'items.py', [library.path, library.media]);
  await pixano.call('build', { folder: 'health' });
});

afterAll(async () => {
  await pixano?.[Symbol.asyncDispose]();
  await library?.[Symbol.asyncDispose]();
});

test('pictures at every kind of local address are found by both, or by Viewfinder alone', async () => {
  const folder = join(library.media, 'odd names');
  await mkdir(folder);
  const names = { space: 'a b.jpg', letters: 'ünï 骨.jpg', plus: 'a+b&c.jpg', hash: 'a#b.jpg', percent: 'a%20c.jpg' };
  for (const name of Object.values(names)) await copyFile(join(PICTURES, 'all', 'os-bras.jpg'), join(folder, name));
  const addresses: Record<string, string> = {
    ...Object.fromEntries(Object.entries(names).map(([id, name]) => [id, `odd names/${name}`])),
    encoded: 'odd%20names/a%20b.jpg',
    slash: '/odd names/a b.jpg',
    file: pathToFileURL(join(folder, names.space)).href,
  };
  for (const [id, url] of Object.entries(addresses)) await pixano.call('add_item', { id, url, width: 96, height: 64 });
  await pixano.call('create_table', { table: 'emb_theirs' });
  const failed = await pixano.call<object>('compute_each', { table: 'emb_theirs' });
  // It cuts a name at its "#", and takes "%20" for a space, whatever the file is called.
  expect(Object.keys(failed).toSorted()).toEqual(['hash', 'percent']);
  await library.embed('health', 'emb_ours', ...MODEL_FLAGS);
  const { items, distances } = await library.search('health', 'arm', 'emb_ours', 50);
  const odd = items.flatMap((item, rank) => (item in addresses ? [distances[rank]] : []));
  expect(odd).toHaveLength(Object.keys(addresses).length);
  // All of them are one picture.
  expect(new Set(odd).size).toBe(1);
});
