import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { type Outcome, run } from './run.ts';

const PLUGIN = new URL('../plugins/fixtures/trouble-plugin.ts', import.meta.url);

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
});
afterEach(() => copy[Symbol.asyncDispose]());

async function write(name: string, text: string): Promise<string> {
  const path = join(copy.temporary, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** A plugin that stands by itself: what the tests' own plugin is called by. */
async function writePlugin(name: string): Promise<void> {
  await write(name, `export { default } from ${JSON.stringify(PLUGIN.href)};`);
}

function pluginNames({ code, stdout, stderr }: Outcome): string[] {
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout).map(({ name }: { name: string }) => name);
}

describe('a configuration', () => {
  test('in the working folder is read, with its paths relative to itself', async () => {
    const config = { library: 'pixano_library', media: 'assets', models: copy.modelFolder, threads: 1 };
    await write('viewfinder.config.json', JSON.stringify(config));
    const { code, stdout, stderr } = await run(['datasets'], copy.temporary);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('health_images');
    // The media folder is found as well: its pictures are the query.
    const image = join(copy.media, 'health_images/all/os-bras.jpg');
    const search = ['search', 'health_images', '--image', image, '--table', 'emb_tiny', '--limit', '1'];
    expect((await run(search, copy.temporary)).stdout).toContain(' os');
  });

  test('limits the pixels of a picture, and the refusal says so', async () => {
    const config = { library: 'pixano_library', models: copy.modelFolder, threads: 1, maxPixels: 100 };
    await write('viewfinder.config.json', JSON.stringify(config));
    const image = join(copy.media, 'health_images/all/os-bras.jpg');
    const { code, stderr } = await run(
      ['search', 'health_images', '--image', image, '--table', 'emb_tiny'],
      copy.temporary,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^viewfinder: [^\n]+the limit is 100: [^\n]+ maxPixels [^\n]+\n$/);
  });

  test.each([
    '{"tokens": [admin:ssssssss]}',
    'admin:ssssssss',
    '{"tokens": ["admin:ssssssss}',
    '{"tokens": ["ssss"\n"ss"]}',
  ])('whose JSON is broken shows no piece of it: %s', async (text) => {
    await write('viewfinder.config.json', text);
    const { code, stderr } = await run(['datasets'], copy.temporary);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^viewfinder: [^\n]+ cannot be read: [^\n]+ JSON[^\n]*\n$/);
    expect(stderr).not.toMatch(/sss|admi/);
  });

  test('gives way to flags', async () => {
    await write('viewfinder.config.json', JSON.stringify({ library: 'nowhere' }));
    const { code } = await run(['datasets', '--library', 'pixano_library'], copy.temporary);
    expect(code).toBe(0);
  });

  test.each(['media', 'models'])('may not name a %s folder that is not there', async (folder) => {
    const config = { library: 'pixano_library', [folder]: 'nowhere' };
    await write('viewfinder.config.json', JSON.stringify(config));
    const { code, stdout, stderr } = await run(['datasets'], copy.temporary);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^viewfinder: There is no ${folder} folder [^\\n]*nowhere: [^\\n]+\\n$`));
  });

  test('names plugins relative to itself, as JSON from another folder', async () => {
    await writePlugin('elsewhere/my-plugin.ts');
    const config = await write('elsewhere/config.json', JSON.stringify({ plugins: ['./my-plugin.ts'] }));
    expect(pluginNames(await run(['plugins', '--json', '--config', config])).at(-1)).toBe('trouble');
  });

  test('is TypeScript as well', async () => {
    await writePlugin('my-plugin.ts');
    await write(
      'viewfinder.config.ts',
      "const plugins: string[] = ['./my-plugin.ts'];\nexport default { plugins, models: '.' as string };\n",
    );
    expect(pluginNames(await run(['plugins', '--json'], copy.temporary)).at(-1)).toBe('trouble');
  });
});

describe('a configuration is refused in one line', () => {
  test.each<[string, string, string, string]>([
    ['that is no JSON', 'bad.json', '{"plugins": [', 'bad.json cannot be read'],
    ['with a key that is unknown', 'bad.json', '{"plugin": []}', 'bad.json is no setting; there are: library, '],
    ['with a value of the wrong type', 'bad.json', '{"plugins": "x", "threads": 0}', 'threads in '],
    ['that is no TypeScript', 'bad.ts', 'export default {', 'bad.ts cannot be read'],
    ['that throws', 'bad.ts', 'throw new Error("out of\\norder");', 'bad.ts cannot be read: out of order'],
    ['that exports nothing', 'bad.ts', 'export const plugins = [];', 'bad.ts is not a configuration'],
    ['that names a plugin that is not there', 'bad.json', '{"plugins": ["./gone.ts"]}', 'The plugin "./gone.ts"'],
    ['that names what is no plugin', 'bad.json', '{"plugins": ["./bad.json"]}', 'The plugin "./bad.json"'],
    ['that names a plugin twice', 'bad.json', '{"plugins": ["./a.ts", "./b.ts"]}', 'Two plugins are named "trouble"'],
  ])('%s', async (_what, name, text, message) => {
    await writePlugin('a.ts');
    await writePlugin('b.ts');
    const path = await write(name, text);
    const { code, stdout, stderr } = await run(['plugins', '--config', path]);
    expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
