import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPlugins } from '../../src/plugins/load-plugins.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));
const PLUGIN = `export default {
  name: 'guest', version: '1.0.0', description: 'A guest.', functions: ['guest'], modalities: ['text'],
  options: { '~standard': { version: 1, vendor: 'guest', validate: (value) => ({ value }), jsonSchema: { input: () => ({}) } } },
  availability() {}, models() {}, locate() {}, load() {},
};`;

let folder: string;
const write = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
};
const manifest = (fields: object) => JSON.stringify({ name: 'x', version: '1.0.0', type: 'module', ...fields });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugins-'));
  await write(
    'node_modules/for-import/package.json',
    manifest({ exports: { '.': { types: './x.d.ts', import: './lib/main.js' }, './sub': './lib/main.js' } }),
  );
  await write('node_modules/for-import/lib/main.js', PLUGIN);
  await write('node_modules/@guest/old/package.json', manifest({ main: 'main.js' }));
  await write('node_modules/@guest/old/main.js', PLUGIN);
  await write('guest.mjs', PLUGIN);
  await write('older.mjs', PLUGIN.replace('{', '{ apiVersion: 0,'));
  await write('newer.mjs', `export default { apiVersion: 2 };`);
  await write('same.mjs', PLUGIN.replace('{', '{ apiVersion: 1,'));
  await write('half.mjs', `export default { name: 'half', load: 5 };`);
  await write('broken.mjs', `throw new Error('no licence');`);
  await write('unseen.mjs', PLUGIN.replace('({})', '{ throw new Error("cannot be represented"); }'));
  await write('blind.mjs', PLUGIN.replace(/, jsonSchema: .*? } }/, ' }'));
  await write('exits.mjs', 'process.exit(0);');
  await write('crashes.mjs', 'process.abort();');
  await write('waits.mjs', 'await new Promise(() => {});');
  await write('forgets.mjs', `${PLUGIN} Promise.reject(new Error('forgotten'));`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('plugins are loaded', () => {
  test('with the built-in ones before all others', async () => {
    const plugins = await loadPlugins(['./trouble-plugin.ts'], FIXTURES);
    const names = plugins.map(({ plugin }) => plugin.name);
    expect(names).toEqual(['open-clip', 'siglip', 'transformers', 'openai-compatible', 'pixano-inference', 'trouble']);
    expect(plugins[0]?.module).toMatch(/^file:.*\/open-clip\/index\.ts$/);
    expect(plugins.at(-1)?.module).toBe(new URL('./fixtures/trouble-plugin.ts', import.meta.url).href);
  });

  test.each(['./guest.mjs', './same.mjs', 'for-import', 'for-import/sub', '@guest/old'])(
    'from %s',
    async (specifier) => {
      const plugins = await loadPlugins([specifier], folder);
      expect(plugins.at(-1)?.plugin.name).toBe('guest');
      expect(plugins.at(-1)?.module).toMatch(/^file:.*\.m?js$/);
    },
  );
});

describe('a plugin that cannot be used is named, with what is wrong', () => {
  test.each([
    ['./nowhere.mjs', /"\.\/nowhere\.mjs" \(looked for from .*\) cannot be loaded: .*nowhere\.mjs/],
    ['no-such-package', /"no-such-package" .* cannot be loaded: .*no-such-package/],
    ['./broken.mjs', /"\.\/broken\.mjs" .* cannot be loaded: no licence/],
    [
      './older.mjs',
      /"\.\/older\.mjs" is written for version 0 .* this Viewfinder has version 1: install a newer release/,
    ],
    [
      './newer.mjs',
      /version 2 of the plugin contract.*: install an older release of the plugin, or a newer Viewfinder\./,
    ],
    [
      './half.mjs',
      /"\.\/half\.mjs" .* is not what definePlugin makes: [\s\S]*default\.functions[\s\S]*must be a function/,
    ],
    ['./unseen.mjs', /"\.\/unseen\.mjs" does not show its options as JSON Schema: cannot be represented/],
    ['./blind.mjs', /"\.\/blind\.mjs" does not show its options as JSON Schema: /],
    ['./exits.mjs', /"\.\/exits\.mjs" .* cannot be loaded: it ends the process that imports it, with exit code 0$/],
    ['./crashes.mjs', /cannot be loaded: it ends the process that imports it, by SIGABRT/],
    ['./waits.mjs', /cannot be loaded: its top level waits for what never comes$/],
    [
      './forgets.mjs',
      /cannot be loaded: it ends the process that imports it, with exit code 1; it last said: .*forgotten/,
    ],
  ])('%s', async (specifier, message) => {
    await expect(loadPlugins([specifier], folder)).rejects.toThrow(message);
  });
});
