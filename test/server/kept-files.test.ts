import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFolder } from '../../src/core/state-folder.ts';
import { KeptFiles } from '../../src/server/kept-files.ts';

const KILOBYTE = new Uint8Array(1000).fill(7);

let temporary: string;
let folder: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'viewfinder-'));
  folder = join(temporary, '.viewfinder', 'kept');
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

const keptIn = (most: number) => new KeptFiles(new StateFolder(temporary), 'kept', { most });
const names = async () => (await readdir(folder)).sort();

/** As if it had last been used so many hours ago. */
async function age(name: string, hours: number): Promise<void> {
  const then = new Date(Date.now() - hours * 3_600_000);
  await utimes(join(folder, name), then, then);
}

test('a file is there for the next process, whole', async () => {
  await keptIn(10_000).write('a', KILOBYTE);
  expect(Buffer.from((await keptIn(10_000).read('a')) ?? [])).toEqual(Buffer.from(KILOBYTE));
  expect(await keptIn(10_000).read('b')).toBeNull();
  expect(await names()).toEqual(['a']);
});

test('those that were not used for longest go when there are too many bytes, whoever wrote them', async () => {
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    await using before = keptIn(10_000);
    await before.write(name, KILOBYTE);
    await age(name, 10 - index);
  }
  await writeFile(join(folder, 'left-by-a-crash.tmp'), KILOBYTE);
  await age('left-by-a-crash.tmp', 20);
  await using kept = keptIn(4_500);
  await kept.read('a');
  await kept.write('e', KILOBYTE);
  await kept[Symbol.asyncDispose]();
  expect(await names()).toEqual(['a', 'c', 'd', 'e']);
  await kept.write('f', KILOBYTE);
  await kept[Symbol.asyncDispose]();
  expect(await names()).toEqual(['a', 'd', 'e', 'f']);
});

test('a use is noted once an hour', async () => {
  const kept = keptIn(10_000);
  await kept.write('a', KILOBYTE);
  await age('a', 0.5);
  const { mtimeMs } = await stat(join(folder, 'a'));
  await kept.read('a');
  expect((await stat(join(folder, 'a'))).mtimeMs).toBe(mtimeMs);
});

test('a folder that is deleted while it is in use is made again', async () => {
  await using kept = keptIn(10_000);
  await kept.write('a', KILOBYTE);
  await kept[Symbol.asyncDispose]();
  await rm(join(temporary, '.viewfinder'), { recursive: true });
  expect(await kept.read('a')).toBeNull();
  await kept.write('b', KILOBYTE);
  expect(await names()).toEqual(['b']);
});

test('what cannot be written is an error, and leaves nothing', async () => {
  await writeFile(join(temporary, '.viewfinder'), '');
  await expect(keptIn(10_000).write('a', KILOBYTE)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
