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
  const [header, openClip] = stdout.split('\n').map((line) => line.split(/ {2,}/));
  expect(header).toEqual(['plugin', 'functions', 'embeds', 'available', 'models']);
  const found = 'ViT-B-32__laion2b_s34b_b79k, free-batch__random, pixano-tiny-clip';
  expect(openClip).toEqual(['open-clip', 'open-clip', 'image, text', 'yes', found]);
});

test('plugins --json has the same for programs', async () => {
  const { code, stdout } = await run(['plugins', '--json', '--models', join(FIXTURES, 'models')]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)[0]).toEqual({
    name: 'open-clip',
    functions: ['open-clip'],
    modalities: ['IMAGE', 'TEXT'],
    available: true,
    reason: null,
    models: [
      { name: 'free-batch__random', installed: true, dimensions: expect.any(Number) },
      { name: 'pixano-tiny-clip', installed: true, dimensions: 512 },
    ],
  });
});
