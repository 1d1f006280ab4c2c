import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIXTURES, openModels, type TestModels } from '../library.ts';
import { run } from './run.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels();
});
afterAll(() => models[Symbol.asyncDispose]());

test('plugins lists what can run here, and the models that are here', async () => {
  const { code, stdout, stderr } = await run(['plugins', '--models', models.modelFolder]);
  expect([code, stderr]).toEqual([0, '']);
  const cells = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(cells[0]).toEqual(['plugin', 'functions', 'embeds', 'available', 'models']);
  expect(cells).toContainEqual([
    'open-clip',
    'open-clip',
    'image, text',
    'yes',
    'ViT-B-32__laion2b_s34b_b79k, free-batch__random, pixano-tiny-clip',
  ]);
  for (const name of ['siglip', 'transformers']) expect(cells).toContainEqual([name, name, 'image, text', 'yes', '–']);
});

test('plugins --json has the same for programs', async () => {
  const { code, stdout } = await run(['plugins', '--json', '--models', join(FIXTURES, 'models')]);
  expect(code).toBe(0);
  const plugins = JSON.parse(stdout);
  const plugin = (name: string, models: unknown[]) => ({
    name,
    functions: [name],
    modalities: ['IMAGE', 'TEXT'],
    available: true,
    reason: null,
    models,
  });
  const model = (name: string, dimensions: number) => ({ name, installed: true, dimensions });
  expect(plugins).toContainEqual(
    plugin('open-clip', [model('free-batch__random', expect.any(Number)), model('pixano-tiny-clip', 512)]),
  );
  const siglips = [model('tiny/siglip', 32), model('tiny/siglip2', 32)];
  expect(plugins).toContainEqual(plugin('siglip', siglips));
  const all = [model('tiny/clip', 24), model('tiny/dinov2', 32), ...siglips];
  expect(plugins).toContainEqual(plugin('transformers', all));
});

test('a plugin that fails to say which models it has is listed with why, and hides no other', async () => {
  const file = join(models.modelFolder, 'forgetful.mjs');
  await writeFile(
    file,
    `export default { name: 'forgetful', version: '1.0.0', description: 'x', functions: ['forgetful'], modalities: ['text'],
      options: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }), jsonSchema: { input: () => ({}) } } },
      availability: async () => ({ available: true }), models() { throw new Error('which?'); }, locate() {}, load() {} };`,
  );
  const config = join(models.modelFolder, 'config.json');
  await writeFile(config, JSON.stringify({ plugins: [file] }));
  const reason = 'The plugin "forgetful" failed at `models`: which?';
  const listed = await run(['plugins', '--json', '--config', config]);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(listed.stdout).at(-1)).toMatchObject({ name: 'forgetful', available: false, reason, models: [] });
  const { code, stdout, stderr } = await run(['models', 'list', '--config', config, '--models', models.modelFolder]);
  expect([code, stderr]).toEqual([0, `viewfinder: forgetful: ${reason}\n`]);
  expect(stdout).toContain('pixano-tiny-clip');
});
