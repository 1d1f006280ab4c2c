import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PICTURE } from '../core/import/source.ts';
import { FIXTURES, openModels } from '../library.ts';
import { run, start } from './run.ts';

let folder: string;
let source: string;
let flags: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-cli-import-'));
  source = join(folder, 'pictures');
  flags = ['--library', join(folder, 'library'), '--media', join(folder, 'media')];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function pictures(count: number): Promise<void> {
  await mkdir(join(source, 'all'), { recursive: true });
  for (let index = 0; index < count; index++) await writeFile(join(source, 'all', `${index}.png`), PICTURE);
}

test.each(['items', 'records'])(
  'a folder is imported, embedded and searched in the %s layout',
  { timeout: 60_000 },
  async (layout) => {
    await cp(join(FIXTURES, 'items/assets/health_images'), source, { recursive: true });
    const imported = await run(['import', source, '--name', 'Health Images', '--layout', layout, ...flags]);
    expect(imported).toEqual({
      code: 0,
      stdout: 'health_images: 12 added, 0 were there, 0 left out, of 12.\n',
      stderr: '',
    });
    await using models = await openModels();
    const all = [...flags, '--models', models.modelFolder];
    // Both layouts' pictures are to be found by the commands that come after.
    await mkdir(join(folder, 'media'), { recursive: true });
    const option = ['--option', 'name=pixano-tiny-clip'];
    const embedded = await run(['embed', 'health_images', '--table', 'emb_tiny', ...option, ...all]);
    expect(embedded.stdout).toBe('emb_tiny: 12 embedded, 0 had a vector, 0 failed, of 12 views.\n');
    const found = await run(['search', 'Health Images', 'microscope', '--limit', '12', '--json', ...all]);
    const { results } = JSON.parse(found.stdout);
    expect(results).toHaveLength(12);
    expect(results[0].attributes).toMatchObject({ image_type: expect.any(String), split: expect.any(String) });
  },
);

test('what is left out has a line on stderr, and the exit status says so', async () => {
  await pictures(2);
  await writeFile(join(source, 'all', 'not\na picture.jpg'), 'x');
  const { code, stdout, stderr } = await run(['import', source, '--name', 'P', ...flags]);
  expect([code, stdout]).toEqual([3, 'p: 2 added, 0 were there, 1 left out, of 3.\n']);
  expect(stderr).toMatch(/^all\/not a picture\.jpg: MEDIA_UNSUPPORTED: [^\n]+\n$/);
  const again = await run(['import', source, '--name', 'P', ...flags]);
  expect([again.code, again.stdout]).toEqual([3, 'p: 0 added, 2 were there, 1 left out, of 3.\n']);
});

test('Ctrl-C ends it with 130, and the same command goes on', async () => {
  await pictures(1500);
  const command = start(['import', source, '--name', 'P', ...flags]);
  const begun = join(folder, 'library/.p.unfinished/db/images.lance/data');
  while ((await readdir(begun).catch(() => [])).length === 0) await delay(20);
  command.process.kill('SIGINT');
  const { code, stdout, stderr } = await command.outcome;
  expect(code).toBe(130);
  expect(stderr).toBe('viewfinder: interrupted; the same command goes on from here.\n');
  const added = Number(/^p: (\d+) added, 0 were there, 0 left out, of 1500\.\n$/.exec(stdout)?.[1]);
  expect(added).toBeGreaterThan(0);
  const rest = await run(['import', source, '--name', 'P', ...flags]);
  expect(rest.stdout).toBe(`p: ${1500 - added} added, ${added} were there, 0 left out, of 1500.\n`);
});

test('an import that was killed leaves no dataset, and the same command goes on', async () => {
  await pictures(1500);
  const command = start(['import', source, '--name', 'P', '--layout', 'items', ...flags]);
  // The first version is that of the empty table.
  const versions = join(folder, 'library/.p.unfinished/db/item.lance/_versions');
  while (!(await readdir(versions).catch((): string[] => [])).includes('2.manifest')) await delay(20);
  command.process.kill('SIGKILL');
  await command.outcome;
  expect((await readdir(join(folder, 'library'))).filter((name) => !name.startsWith('.'))).toEqual([]);
  const { stdout } = await run(['import', source, '--name', 'P', '--layout', 'items', ...flags]);
  const [added, present] = /^p: (\d+) added, (\d+) were there/.exec(stdout)?.slice(1).map(Number) ?? [];
  expect(present).toBeGreaterThan(0);
  expect((added ?? 0) + (present ?? 0)).toBe(1500);
  expect((await readdir(join(folder, 'media/p/all'))).filter((name) => !name.endsWith('.png'))).toEqual([]);
});

test('by uri, it says with which media folder the pictures are found', async () => {
  await pictures(1);
  const { code, stderr } = await run(['import', source, '--name', 'P', '--by-uri', ...flags]);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`with --media ${source}\n`)]);
  const within = ['--library', join(folder, 'library'), '--media', source];
  await using models = await openModels();
  const option = ['--option', 'name=pixano-tiny-clip', '--models', models.modelFolder];
  const { stdout } = await run(['embed', 'p', '--table', 'emb', ...option, ...within]);
  expect(stdout).toBe('emb: 1 embedded, 0 had a vector, 0 failed, of 1 views.\n');
});

test.each<[string, (source: string) => string[], string]>([
  ['a source that is not there', () => ['/no/pictures', '--name', 'P'], 'There is no folder /no/pictures to import.'],
  ['no name', (path) => [path], "required option '--name <name>' not specified"],
  ['an unknown layout', (path) => [path, '--name', 'P', '--layout', 'x'], 'Allowed choices are items, records.'],
  ['a name without letters', (path) => [path, '--name', '///'], '"///" cannot name a dataset'],
  ['a folder without pictures', (path) => [path, '--name', 'P'], 'There is no picture in '],
  [
    'a library that cannot be made',
    (path) => [`${path}/../one`, '--name', 'P', '--library', '/no/such/library'],
    'The library folder /no/such/library is not there and cannot be made',
  ],
])('%s is refused in one line', async (_what, args, message) => {
  await mkdir(source);
  await mkdir(join(folder, 'one'));
  await writeFile(join(folder, 'one/a.png'), PICTURE);
  const before = await readdir(folder, { recursive: true });
  const { code, stdout, stderr } = await run(['import', ...flags, ...args(source)]);
  expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
  expect(await readdir(folder, { recursive: true })).toEqual(before);
});
