import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeRecord } from '../../../src/plugins/model-hub/model-record.ts';
import transformers from '../../../src/plugins/transformers/index.ts';
import { siglipOptions, transformersOptions } from '../../../src/plugins/transformers/options.ts';
import siglip from '../../../src/plugins/transformers/siglip.ts';
import { FIXTURES } from '../../library.ts';

const tiny = join(FIXTURES, 'models/tiny');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(model: string, name: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await symlink(join(tiny, model), path, 'junction');
}

const [FIRST, SECOND] = ['a'.repeat(40), 'b'.repeat(40)] as const;

/** As `models pull` leaves it. */
async function putFetched(model: string, name: string, commit: string): Promise<void> {
  await cp(join(tiny, model), join(folder, name), { recursive: true });
  await writeRecord(join(folder, name), 'https://hub.example.org', { repository: 'a/b', commit, files: [] }, []);
}

const context = () => ({ modelFolders: [folder, join(folder, 'more')], threads: 1 });
const find = (options: Record<string, unknown>) => transformers.locate(transformersOptions.parse(options), context());
const findSiglip = (options: Record<string, unknown>) => siglip.locate(siglipOptions.parse(options), context());

describe('a model is found', () => {
  test('by its id on the hub, and by the name of a folder', async () => {
    await put('clip', 'Xenova/clip-vit-base-patch32');
    await put('dinov2', 'more/mine');
    expect(await find({ model_name: 'Xenova/clip-vit-base-patch32' })).toEqual({
      installed: true,
      name: 'Xenova/clip-vit-base-patch32',
      dimensions: 24,
    });
    expect(await find({ model_name: 'mine' })).toMatchObject({ installed: true, dimensions: 32 });
  });

  test('by a revision only where the folder is of that one', async () => {
    await put('clip', 'a/b');
    const pinned = { model_name: 'a/b', revision: 'c0ffee' };
    expect(await find(pinned)).toMatchObject({ installed: false, name: 'a/b@c0ffee' });
    await put('siglip', 'a/b@c0ffee');
    expect(await find(pinned)).toMatchObject({ installed: true, dimensions: 32 });
  });

  test('by a commit in each folder of its name that is of this commit, and by no other', async () => {
    await putFetched('clip', 'a/b', FIRST);
    await putFetched('siglip', 'a/b@main', SECOND);
    const [one, other] = [FIRST, SECOND].map((revision) => ({ model_name: 'a/b', revision }));
    expect(await find({ ...one })).toMatchObject({ installed: true, name: 'a/b', dimensions: 24 });
    expect(await find({ ...other })).toMatchObject({ installed: true, name: 'a/b@main', dimensions: 32 });
    const revision = 'c'.repeat(40);
    expect(await find({ model_name: 'a/b', revision })).toMatchObject({
      installed: false,
      reason: expect.stringMatching(
        `a/b is there, but of the commit ${FIRST}; .*a/b@main is there, but of the commit ${SECOND}\\. .* models pull a/b@${revision}`,
      ),
    });
  });

  test('and pinned to the commit that its folder is of', async () => {
    await putFetched('clip', 'a/b', FIRST);
    await putFetched('clip', 'a/b@main', SECOND);
    await put('clip', 'mine');
    const pinnedTo = (revision: string) => expect.objectContaining({ model_name: 'a/b', revision });
    expect(await find({ model_name: 'a/b' })).toMatchObject({ pinned: pinnedTo(FIRST) });
    expect(await find({ model_name: 'a/b', revision: 'main' })).toMatchObject({ pinned: pinnedTo(SECOND) });
    expect(await find({ model_name: 'mine' })).not.toHaveProperty('pinned');
    expect(await findSiglip({ model_name: 'a/b' })).not.toHaveProperty('pinned');
  });

  test('for Python’s default in an export of the same weights, and for a path by its last name', async () => {
    await put('siglip', 'Xenova/siglip-base-patch16-224');
    await put('siglip2', 'onnx-community/siglip2-base-patch16-224-ONNX');
    await put('siglip', 'mine');
    expect(await findSiglip({})).toMatchObject({ installed: true, name: 'google/siglip-base-patch16-224' });
    expect(await findSiglip({ model_name: 'google/siglip2-base-patch16-224' })).toMatchObject({ installed: true });
    for (const model_name of ['/data/models/mine', 'C:\\models\\mine', './mine', '../mine', 'a/b/mine/']) {
      expect(await findSiglip({ model_name })).toMatchObject({ installed: true, name: model_name });
    }
  });

  test('and listed, each once', async () => {
    await put('siglip', 'google/s');
    await put('dinov2', 'd');
    await put('clip', 'more/d');
    await writeFile(join(folder, 'note.txt'), '');
    const listed = await transformers.models(context());
    expect(listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'd', dimensions: 32, installed: true },
      { name: 'google/s', dimensions: 32, installed: true },
      { name: 'more/d', dimensions: 24, installed: true },
    ]);
    expect(await siglip.models(context())).toEqual([{ name: 'google/s', dimensions: 32, installed: true }]);
  });
});

describe('a model that is not there', () => {
  test('is an error that names the folders, the command that fetches it, and how to carry it over', async () => {
    expect(await find({ model_name: 'Xenova/clip' })).toEqual({
      installed: false,
      name: 'Xenova/clip',
      reason:
        `No model "Xenova/clip": there is no Xenova/clip in ${folder} or ${join(folder, 'more')}. ` +
        `Fetch it with "viewfinder models pull Xenova/clip --models ${folder}"; where there is no network, run that on ` +
        `a machine that has one, and copy the folder that it makes to ${join(folder, 'Xenova/clip')}. If it is in ` +
        'another folder of models, name that with --models.',
    });
    expect(await findSiglip({})).toMatchObject({
      reason: expect.stringMatching(
        /there is none of google\/siglip-base-patch16-224, Xenova\/siglip-base-patch16-224, onnx-community\/.* in .*models pull Xenova\/siglip-base-patch16-224 --models/,
      ),
    });
  });

  test.each(['..', 'a/..', '../..', '.', 'a/C:b'])(
    'for a name like "%s" says that no folder can have it',
    async (name) => {
      expect(await find({ model_name: name })).toMatchObject({
        installed: false,
        reason: expect.stringContaining('no folder can have this name'),
      });
    },
  );

  test('says where files are missing, and which dtypes are there', async () => {
    await put('clip', 'clip');
    expect(await find({ model_name: 'clip', dtype: 'fp16' })).toMatchObject({
      reason: expect.stringContaining(
        `${join(folder, 'clip')} is there, but its onnx/ has no vision_model_fp16.onnx and no text_model_fp16.onnx ` +
          '(dtype fp16) but text_model.onnx, text_model_quantized.onnx, vision_model.onnx, ' +
          'vision_model_quantized.onnx; choose the dtype fp32 or q8, or fetch what is missing.',
      ),
    });
    expect(await find({ model_name: 'clip', dtype: 'q8' })).toMatchObject({ installed: true });
    await cp(join(tiny, 'dinov2'), join(folder, 'd'), { recursive: true });
    await rm(join(folder, 'd', 'preprocessor_config.json'));
    await rm(join(folder, 'd', 'onnx'), { recursive: true });
    expect(await find({ model_name: 'd' })).toMatchObject({
      reason: expect.stringMatching(
        /has no preprocessor_config.json, and its onnx\/ has no model.onnx .* but no ONNX file\./,
      ),
    });
  });
});
