import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyOfLibrary, FIXTURES, type LibraryCopy } from '../library.ts';
import { flagsOf, run } from './run.ts';

let copy: LibraryCopy;
let flags: string[];
/** What is on disk before the first command. */
let before: string[];

beforeAll(async () => {
  copy = await copyOfLibrary('items');
  flags = flagsOf(copy);
  await cp(join(copy.path, 'health_images'), join(copy.path, 'second'), { recursive: true });
  const info = join(copy.path, 'second/info.json');
  await writeFile(info, (await readFile(info, 'utf8')).replace('"id": "health_images"', '"id": "second_id"'));
  await writeFile(join(copy.temporary, 'no-picture.txt'), 'no picture');
  before = await filesOf();
});
afterAll(() => copy[Symbol.asyncDispose]());

/** Without the state folder: a table is made only where jobs can be recorded, so their record comes first. */
async function filesOf(): Promise<string[]> {
  const paths = await readdir(copy.temporary, { recursive: true });
  return paths.filter((path) => !path.includes('.viewfinder')).sort();
}

/** One line on stderr, nothing on stdout, exit 2. */
async function refused(args: readonly string[], message: string): Promise<void> {
  const { code, stdout, stderr } = await run(args, copy.temporary);
  expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at |Error:/);
  expect([code, stdout]).toEqual([2, '']);
}

describe.concurrent('a command with bad input says what is wrong in one line and ends with 2:', () => {
  test.each<[string, string[], string]>([
    ['an unknown command', ['serch'], "unknown command 'serch' (Did you mean search?)"],
    ['an unknown flag', ['datasets', '--libary', 'x'], "unknown option '--libary' (Did you mean --library?)"],
    ['too much', ['plugins', 'open-clip'], "too many arguments for 'plugins'"],
    ['no dataset', ['search'], "missing required argument 'dataset'"],
    ['no table', ['embed', 'health_images'], "required option '--table <name>' not specified"],
    ['a flag without its value', ['serve', '--port'], "option '--port <n>' argument missing"],
    ['a limit that is no number', ['search', 'x', 'y', '--limit', 'many'], 'a whole number of at least 1'],
    ['a negative number', ['search', 'x', 'y', '--skip', '-1'], 'a whole number of at least 0'],
    ['a port beyond the last', ['serve', '--port', '65536'], 'a whole number from 0 to 65535'],
    ['no library', ['datasets'], '--library DIR'],
    [
      'a library that is not there',
      ['datasets', '--library', '/no/library'],
      'There is no library folder /no/library.',
    ],
    ['a models folder that is not there', ['plugins', '--models', '/no/models'], 'no models folder /no/models:'],
    ['a demo without its models', ['demo', '--models', '/no/models'], 'no models folder /no/models:'],
    ['a configuration that is not there', ['plugins', '--config', 'none.json'], 'none.json cannot be read'],
  ])('%s', async (_what, args, message) => refused(args, message));

  test.each<[string, string[], string]>([
    ['an unknown dataset', ['search', 'other', 'x'], 'there are: health_images, second.'],
    ['an ambiguous name', ['embed', 'Health Images', '--table', 'emb_x'], '(health_images, second)'],
    ['no query', ['search', 'health_images'], 'a text, or a picture with --image FILE'],
    ['a media folder that is not there', ['datasets', '--media', '/no/media'], 'no media folder /no/media:'],
    ['two queries', ['search', 'health_images', 'x', '--image', 'y.png'], 'and not both'],
    ['an unknown table', ['search', 'second', 'x', '--table', 'gone'], 'it has: emb_open-clip, emb_tiny.'],
    ['a picture that is not there', ['search', 'second', '--image', 'gone.png'], 'gone.png cannot be read'],
    ['a picture that is no file', ['search', 'second', '--image', '/dev/zero'], '/dev/zero is not a file'],
    [
      'a file that is no picture',
      ['search', 'second', '--table', 'emb_tiny', '--image', 'no-picture.txt'],
      'no-picture.txt: ',
    ],
    ['a host that others reach', ['serve', '--host', '0.0.0.0', '--port', '0'], 'VIEWFINDER_TOKENS'],
    ['a host that is none', ['serve', '--host', 'x.invalid', '--port', '0', '--insecure'], 'x.invalid'],
  ])('%s', async (_what, args, message) => refused([...args.slice(0, 1), ...flags, ...args.slice(1)], message));

  test('a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    await refused(['serve', '--port', port, ...flags], `Port ${port} on 127.0.0.1 is in use`);
    server.close();
  });
});

describe.concurrent('embed with bad input leaves nothing behind:', () => {
  test.each<[string, string[], string]>([
    ['an unknown function', ['--function', 'imagebind'], 'there are: open-clip'],
    ['an unknown option', ['--option', 'colour=red'], '"colour"'],
    ['an option that is none', ['--option', 'name'], '"name" is not of the form key=value.'],
    ['an option of the wrong type', ['--option', 'batch_size=many'], 'Option "batch_size"'],
    ['a model that is not here', ['--option', 'name=ViT-L-14'], 'ViT-L-14__laion2b_s34b_b79k'],
    ['an unknown view', ['--view', 'depth'], 'There is no table of views "depth"'],
    ['a table of no pictures', ['--view', 'objects'], 'There is no table of views "objects"'],
  ])('%s', async (_what, args, message) => {
    await refused(['embed', 'second', '--table', 'emb_x', ...args, ...flags], message);
  });

  test.each<[string, string[], string]>([
    ['a name that Pixano cannot open', ['--table', 'Emb X'], '"Emb X" cannot name a table'],
    ['a name that is a path', ['--table', '../emb_x'], '"../emb_x" cannot name a table'],
    ['a table of something else', ['--table', 'image'], '"image" is a table of this dataset that holds no embeddings'],
    [
      'other options for a table that is there',
      ['--table', 'emb_open-clip', '--option', 'name=pixano-tiny-clip'],
      'A table never holds two vector spaces',
    ],
  ])('%s', async (_what, args, message) => {
    await refused(['embed', 'second', ...args, ...flags], message);
  });
});

test('a picture as a query is fine, so the models were there', async () => {
  expect(await filesOf()).toEqual(before);
  const image = join(FIXTURES, 'items/assets/health_images/all/os-bras.jpg');
  const { code, stderr } = await run(['search', 'second', '--table', 'emb_tiny', '--image', image, ...flags]);
  expect([code, stderr]).toEqual([0, '']);
});
