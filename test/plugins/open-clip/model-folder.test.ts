import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import openClip from '../../../src/plugins/open-clip/index.ts';
import { clipOptions } from '../../../src/plugins/open-clip/options.ts';

const SMALL = fileURLToPath(new URL('../../fixtures/models/free-batch__random', import.meta.url));

const KINDS = fileURLToPath(new URL('../../fixtures/models/open-clip', import.meta.url));

let root: string;
let first: string;
let second: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'models-'));
  [first, second] = [join(root, 'first'), join(root, 'second')];
  for (const path of ['first/plain', 'second/plain', 'second/plain__special', 'second/other', 'outside']) {
    await cp(SMALL, join(root, path), { recursive: true });
  }
  await mkdir(join(first, 'empty'));
});
afterAll(() => rm(root, { recursive: true }));

const locate = (name: string, pretrained = 'p') =>
  openClip.locate(clipOptions.parse({ name, pretrained }), { modelFolders: [first, second], threads: 1 });

describe('the options of open-clip', () => {
  test('have the keys of Python, in its order, with its defaults', () => {
    expect(JSON.stringify(clipOptions.parse({}))).toBe(
      '{"max_retries":7,"name":"ViT-B-32","pretrained":"laion2b_s34b_b79k","device":"cpu","batch_size":64,"normalize":true}',
    );
    expect(JSON.stringify(clipOptions.parse({ normalize: false, name: 'x' }))).toMatch(/^{"max_retries":7,"name":"x"/);
  });

  test('take no others', async () => {
    const result = await openClip.options['~standard'].validate({ model: 'x' });
    expect(result.issues).toMatchObject([{ message: expect.stringContaining('model') }]);
  });

  test('leave out what another Python may have written beside them', async () => {
    const written = { ...clipOptions.parse({}), cache_folder: '/x' };
    expect(await openClip.options['~standard'].validate(written)).toEqual({ value: clipOptions.parse({}) });
  });

  test('have keys of their own that are absent unless they are asked for', async () => {
    const result = await openClip.options['~standard'].validate({ dtype: 'fp16', language: 'fra_Latn' });
    expect(result).toMatchObject({ value: { name: 'ViT-B-32', dtype: 'fp16', language: 'fra_Latn' } });
    expect(Object.keys(clipOptions.parse({}))).not.toContain('dtype');
  });

  test('show themselves as JSON Schema', () => {
    const schema = openClip.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    expect(schema).toMatchObject({ type: 'object', properties: { batch_size: { type: 'integer', default: 64 } } });
  });
});

describe('the folder of a model', () => {
  test('is NAME__PRETRAINED if there is one, else NAME, in the first folder that has either', async () => {
    expect(await locate('other')).toEqual({ installed: true, name: 'other', dimensions: 6 });
    expect(await locate('plain', 'special')).toMatchObject({ name: 'plain' });
    await rm(join(first, 'plain'), { recursive: true });
    expect(await locate('plain', 'special')).toMatchObject({ name: 'plain__special' });
  });

  test('is NAME where the pretrained weights are a path', async () => {
    expect(await locate('other', 'folder/weights.safetensors')).toMatchObject({ installed: true, name: 'other' });
  });

  test.each([
    ['oth/er', 'weights', 'oth-er__weights'],
    ['hf-hub:org/other', 'laion2b', 'other'],
    ['local-dir:/data/models/other/', '', 'other'],
  ])('is found by %s, as open_clip reads it', async (name, pretrained, found) => {
    if (found !== 'other') await cp(SMALL, join(second, found), { recursive: true });
    expect(await locate(name, pretrained)).toMatchObject({ installed: true, name: found });
    if (found !== 'other') await rm(join(second, found), { recursive: true });
  });

  test('of weights of the hub for PyTorch is made where it is not there', async () => {
    const location = await locate('hf-hub:timm/none');
    expect(location).toMatchObject({
      reason: expect.stringContaining(
        `Make it with "python tools/export-open-clip.py hf-hub:timm/none --out ${first}", or copy its folder`,
      ),
    });
  });

  test('is named so that a shell takes the command for what it is', async () => {
    const location = await locate("x'; rm -rf ~", '');
    expect(location).toMatchObject({ reason: expect.stringContaining(`pull 'x'\\''; rm -rf ~' --models ${first}`) });
  });

  test.each(['../outside', '..', '.', 'a/../../outside', 'a\\b'])(
    'is never outside of the models, as with %s',
    async (name) => {
      expect(await locate(name, '../outside')).toMatchObject({ installed: false });
    },
  );

  test('that is nowhere was looked for in places that are all named', async () => {
    const location = await locate('absent', 'weights');
    expect(location).toMatchObject({ installed: false, name: 'absent__weights' });
    for (const place of [first, second]) {
      expect(location).toMatchObject({ reason: expect.stringContaining(join(place, 'absent__weights')) });
      expect(location).toMatchObject({ reason: expect.stringMatching(`${join(place, 'absent')}( |\\.)`) });
    }
    expect(location).toMatchObject({
      reason: expect.stringContaining(
        `. Fetch it with "viewfinder models pull absent__weights --models ${first}"; where there is no network, run that ` +
          `on a machine that has one, and copy the folder that it makes to ${join(first, 'absent__weights')}. `,
      ),
    });
  });

  test('that is incomplete counts as absent, and the reason says what it lacks', async () => {
    const reason = expect.stringContaining(`${join(first, 'empty')} has no config.json`);
    expect(await locate('empty')).toMatchObject({ installed: false, reason });
  });

  test('of weights for PyTorch alone counts as absent, and the reason says what to do', async () => {
    await mkdir(join(first, 'weights'));
    await writeFile(join(first, 'weights/config.json'), '{}');
    await writeFile(join(first, 'weights/open_clip_pytorch_model.bin'), '');
    expect(await locate('weights')).toMatchObject({
      installed: false,
      reason: expect.stringContaining(
        'has no visual/model.onnx (open_clip_pytorch_model.bin is for PyTorch: make a model folder of it with tools/export-open-clip.py)',
      ),
    });
  });

  test('in two halves is that of fastembed, with or without the half of texts', async () => {
    for (const half of ['vision', 'text']) {
      await cp(join(KINDS, `halves-${half}`), join(root, `halved/halves-${half}`), { recursive: true });
    }
    const context = { modelFolders: [join(root, 'halved')], threads: 1 };
    const options = clipOptions.parse({ name: 'halves', pretrained: '' });
    expect(await openClip.locate(options, context)).toEqual({ installed: true, name: 'halves', dimensions: 12 });
    expect(await openClip.models(context)).toEqual([{ name: 'halves', dimensions: 12, installed: true }]);
    await rm(join(root, 'halved/halves-text'), { recursive: true });
    expect(await openClip.locate(options, context)).toMatchObject({ installed: true });
  });

  test('is listed with its dimensions', async () => {
    const context = { modelFolders: [first, second, join(root, 'nowhere')], threads: 1 };
    expect(await openClip.models(context)).toEqual([
      { name: 'other', dimensions: 6, installed: true },
      { name: 'plain', dimensions: 6, installed: true },
      { name: 'plain__special', dimensions: 6, installed: true },
    ]);
  });
});

test('the plugin is available where onnxruntime has a binary', async () => {
  expect(await openClip.availability()).toEqual({ available: true });
});
