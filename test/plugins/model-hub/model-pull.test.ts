import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hub } from '../../../src/plugins/model-hub/hub.ts';
import type { HubError } from '../../../src/plugins/model-hub/hub-error.ts';
import { ModelPull } from '../../../src/plugins/model-hub/model-pull.ts';
import type { Dtype } from '../../../src/plugins/onnx-dtype.ts';
import { type FakeHub, filesOf, startHub } from './fake-hub.ts';

let hub: FakeHub;
let folder: string;
beforeEach(async () => {
  hub = await startHub();
  folder = await mkdtemp(join(tmpdir(), 'pulled-'));
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const LARGE = randomBytes(100_000);
const CLIP = {
  'config.json': '{"embed_dim": 8}',
  'README.md': 'About it.',
  'visual/model.onnx': LARGE,
  'visual/preprocess_cfg.json': '{}',
  'textual/model.onnx': randomBytes(20_000),
  'textual/tokenizer.json': '{}',
};
const SENTENCES = {
  'config.json': '{}',
  'modules.json': '[]',
  '1_Pooling/config.json': '{}',
  'onnx/model.onnx': 'm',
};
const REPOSITORY = 'immich-app/ViT-B-32__laion2b-s34b-b79k';
const NAME = 'ViT-B-32__laion2b_s34b_b79k';

interface Options {
  readonly dtype?: Dtype;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

async function pull(name: string, { dtype = 'fp32', token, signal = new AbortController().signal }: Options = {}) {
  const plan = await ModelPull.plan({ hub: new Hub({ url: hub.url, token }), name, folder, dtype }, { signal });
  await plan.run({ signal });
  return plan;
}

const failure = (call: Promise<unknown>): Promise<HubError> =>
  call.then(
    () => expect.fail(),
    (error) => error,
  );
const paths = async (name: string) => Object.keys(await filesOf(join(folder, name))).sort();
const partsOf = async () => Object.entries(await filesOf(folder)).filter(([path]) => path.includes('/parts/'));

describe('a model is fetched', () => {
  test('into a folder of its name, with what can be run of it and what was fetched', async () => {
    const commit = hub.publish(REPOSITORY, CLIP);
    const plan = await pull(NAME);
    expect([plan.done, plan.total]).toEqual([plan.total, 120_020]);
    expect(await readdir(folder)).toEqual([NAME]);
    const { 'viewfinder-model.json': record = Buffer.of(), ...files } = await filesOf(join(folder, NAME));
    const { 'README.md': _left, ...wanted } = CLIP;
    expect(files).toEqual(Object.fromEntries(Object.entries(wanted).map(([path, text]) => [path, Buffer.from(text)])));
    expect(JSON.parse(String(record))).toMatchObject({ hub: hub.url, repository: REPOSITORY, commit });
    expect(hub.asked.filter(({ path }) => path.includes('/resolve/')).every(({ path }) => path.includes(commit))).toBe(
      true,
    );
  });

  test('in the variant that is asked for, beside what is there, of the same commit', async () => {
    const files = {
      'config.json': '{}',
      'tokenizer.json': '{}',
      'preprocessor_config.json': '{}',
      'model.safetensors': randomBytes(20_000),
      'onnx/text_model.onnx': 'text',
      'onnx/vision_model.onnx': 'vision',
      'onnx/vision_model.onnx_data': randomBytes(20_000),
      'onnx/model.onnx': 'both',
      'onnx/text_model_fp16.onnx': 'text16',
      'onnx/vision_model_fp16.onnx': 'vision16',
      'onnx/vision_model_fp16.onnx_data': 'weights16',
      'onnx/text_model_q4.onnx': 'text4',
    };
    const commit = hub.publish('Xenova/clip', files);
    await pull('Xenova/clip', { dtype: 'fp16' });
    const small = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'viewfinder-model.json'];
    const half = ['text_model_fp16.onnx', 'vision_model_fp16.onnx', 'vision_model_fp16.onnx_data'];
    const full = ['text_model.onnx', 'vision_model.onnx', 'vision_model.onnx_data'];
    const inOnnx = (names: string[]) => names.map((name) => `onnx/${name}`);
    expect(await paths('Xenova/clip')).toEqual([...small, ...inOnnx(half)].sort());
    hub.publish('Xenova/clip', { ...files, 'config.json': '{"changed": true}' });
    expect((await pull('Xenova/clip')).model.commit).toBe(commit);
    expect(await paths('Xenova/clip')).toEqual([...small, ...inOnnx(half), ...inOnnx(full)].sort());
    expect((await pull('Xenova/clip')).nothingToDo).toBe(true);
    expect((await failure(pull('Xenova/clip', { dtype: 'q4' }))).message).toMatch(
      /^Xenova\/clip has no onnx\/vision_model_q4\.onnx \(q4\)\. It has fp32, fp16: choose one with --dtype\.$/,
    );
  });

  test.each([
    ['org/dino', { 'config.json': '{}', 'onnx/model.onnx': 'm', 'onnx/model.onnx_data': 'd' }, 'org/dino', 4],
    ['org/mean', { ...SENTENCES, '2_Normalize/x.json': '{}' }, 'org/mean', 5],
    ['Qdrant/clip-vision', { 'model.onnx': 'm', 'preprocessor_config.json': '{}', 'x.bin': 'b' }, 'clip-vision', 3],
    ['org/export', CLIP, 'export', 6],
  ])('from %s as its layout wants it', async (repository, files, target, count) => {
    hub.publish(repository, files);
    expect((await pull(repository)).target).toBe(join(folder, target));
    expect(await paths(target)).toHaveLength(count);
  });

  test('with weights that are files of their own, and never with what must be unpickled', async () => {
    const weights = { 'visual/onnx__MatMul_1': randomBytes(20_000), 'visual/trunk.pos_embed': 'p' };
    const bad = {
      'visual/pytorch_model.bin': 'b',
      'textual/m.pt': 'p',
      'visual/fp16/model.armnn': 'a',
      'textual/x.pkl': 'x',
    };
    hub.publish('org/large', { ...CLIP, ...weights, ...bad });
    await pull('org/large');
    const { 'README.md': _left, ...clip } = CLIP;
    expect(await paths('large')).toEqual(['viewfinder-model.json', ...Object.keys({ ...clip, ...weights })].sort());
    expect(hub.asked.filter(({ path }) => /\.(bin|pt|pkl|armnn)$/.test(path))).toEqual([]);
    hub.publish('org/torch', { 'config.json': '{}', 'pytorch_model.bin': randomBytes(20_000) });
    expect(await failure(pull('org/torch'))).toMatchObject({
      code: 'NO_SUCH_MODEL',
      message: expect.stringMatching(/PyTorch/),
    });
  });

  test('at a revision, which its folder tells where the plugin looks for it', async () => {
    const files = { 'config.json': '{}', 'onnx/model.onnx': 'old' };
    const old = hub.publish('org/dino', files);
    hub.publish('org/dino', { ...files, 'onnx/model.onnx': 'new' });
    await pull(`org/dino@${old}`);
    await pull('org/dino');
    expect(await readFile(join(folder, `org/dino@${old}/onnx/model.onnx`), 'utf8')).toBe('old');
    expect(await readFile(join(folder, 'org/dino/onnx/model.onnx'), 'utf8')).toBe('new');
  });
});

describe('what was begun is gone on with', () => {
  test('where connections end, from the byte that is missing', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.cuts.push(50_000, 20_000, 20_000);
    await pull(NAME);
    expect(await readFile(join(folder, NAME, 'visual/model.onnx'))).toEqual(LARGE);
    const ranges = hub.askedOfCdn.map(({ headers }) => headers.range).filter((range) => range !== undefined);
    expect(ranges.length).toBeGreaterThanOrEqual(2);
    expect(ranges).not.toContain('bytes=0-');
  });

  test.each(['changing', 'noRanges'] as const)('and begun anew where the server cannot (%s)', async (what) => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.cuts.push(50_000);
    hub.trouble[what] = true;
    await pull(NAME);
    expect(await readFile(join(folder, NAME, 'visual/model.onnx'))).toEqual(LARGE);
  });

  test('by the next run, after a cancelled one; the folder appears only when it is whole', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.pauseMs = 50;
    const stop = new AbortController();
    const first = failure(pull(NAME, { signal: stop.signal }));
    await expect.poll(async () => (await partsOf()).some(([, content]) => content.length > 16_000)).toBe(true);
    stop.abort(new Error('stopped'));
    expect((await first).message).toBe('stopped');
    expect(await readdir(folder)).toEqual(['.unfinished']);
    hub.trouble.pauseMs = 0;
    const before = hub.askedOfCdn.length;
    await pull(NAME);
    expect(hub.askedOfCdn.slice(before).map(({ headers }) => headers.range)).toContainEqual(
      expect.stringMatching(/^bytes=\d{5,}-$/),
    );
    expect(await readFile(join(folder, NAME, 'visual/model.onnx'))).toEqual(LARGE);
    expect(await readdir(folder)).toEqual([NAME]);
  });

  test('by one process at a time', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.pauseMs = 20;
    const first = pull(NAME);
    await expect.poll(async () => (await partsOf()).length).toBeGreaterThan(0);
    expect(await failure(pull(NAME))).toMatchObject({
      code: 'IN_THE_WAY',
      message: expect.stringMatching(/already fetching this model/),
    });
    await first;
  });

  test('when the hub is busy at first', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.busy = 2;
    await pull(NAME);
    expect(await readdir(folder)).toEqual([NAME]);
  });
});

describe('nothing is kept', () => {
  test('of a file that is not what the hub lists', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.content = Buffer.alloc(100_000);
    const error = await failure(pull(NAME));
    expect(error).toMatchObject({ code: 'CORRUPT' });
    expect(error.message).toMatch(
      /^immich-app\/\S+\.onnx of http\S+ is not what the hub lists: .*\. It was deleted; the same/,
    );
    expect(await readdir(folder)).toEqual(['.unfinished']);
    delete hub.trouble.content;
    await pull(NAME);
    expect(await readFile(join(folder, NAME, 'visual/model.onnx'))).toEqual(LARGE);
  });

  test('of a file that was damaged since it was fetched', async () => {
    hub.publish(REPOSITORY, CLIP);
    await pull(NAME);
    const file = join(folder, NAME, 'visual/model.onnx');
    await writeFile(file, Buffer.alloc(LARGE.length));
    const before = hub.askedOfCdn.length;
    expect((await pull(NAME)).files).toHaveLength(5);
    expect(await readFile(file)).toEqual(LARGE);
    expect(hub.askedOfCdn.length).toBe(before + 1);
    expect((await pull(NAME)).nothingToDo).toBe(true);
  });

  test.each([
    '../evil.json',
    'visual/../../evil.json',
    '/etc/evil.json',
    'visual\\..\\evil.json',
    'C:evil.json',
    'a//b',
  ])('where the hub lists %s', async (rfilename) => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.extra = { rfilename, size: 2, blobId: 'a'.repeat(40) };
    const error = await failure(pull(NAME));
    expect(error).toMatchObject({ code: 'CORRUPT', message: expect.stringMatching(/would lie outside of its folder/) });
    expect(await readdir(folder)).toEqual([]);
  });

  test.each(['../x', '..', 'a/b/c', '/etc', 'a b', 'org/../x', '', 'x@', 'x@../y'])(
    'of the name "%s"',
    async (name) => {
      expect(await failure(pull(name))).toMatchObject({
        code: 'NO_SUCH_MODEL',
        message: expect.stringMatching(/can be no model/),
      });
      expect(hub.asked).toEqual([]);
    },
  );

  test('where another folder is in the way', async () => {
    hub.publish(REPOSITORY, CLIP);
    await mkdir(join(folder, NAME));
    await writeFile(join(folder, NAME, 'config.json'), 'mine');
    expect(await failure(pull(NAME))).toMatchObject({
      code: 'IN_THE_WAY',
      message: expect.stringMatching(/was not fetched by this command/),
    });
    expect(await readFile(join(folder, NAME, 'config.json'), 'utf8')).toBe('mine');
    await rm(join(folder, NAME), { recursive: true });
    await pull(NAME);
    const other = hub.publish(REPOSITORY, CLIP);
    expect((await failure(pull(`${NAME}@${other}`))).message).toMatch(/it holds .* and not/);
  });
});

describe('the hub is told', () => {
  test('a token, and other servers are not', async () => {
    hub.publish(REPOSITORY, CLIP);
    hub.trouble.token = 'hf_secret';
    expect(await failure(pull(NAME))).toMatchObject({
      code: 'NO_SUCH_MODEL',
      message: expect.stringMatching(/HF_TOKEN/),
    });
    const wrong = await failure(pull(NAME, { token: 'hf_wrong' }));
    expect(wrong).toMatchObject({ code: 'REFUSED', message: expect.not.stringContaining('hf_wrong') });
    await pull(NAME, { token: 'hf_secret' });
    expect(hub.askedOfCdn.length).toBeGreaterThan(0);
    for (const { headers } of hub.askedOfCdn) expect(headers.authorization).toBeUndefined();
    expect(JSON.stringify(await filesOf(folder))).not.toContain('hf_secret');
  });

  test('each spelling of a name, until it has one', async () => {
    expect((await failure(pull(NAME))).message).toMatch(
      `has no immich-app/ViT-B-32__laion2b_s34b_b79k, nor immich-app/ViT-B-32__laion2b-s34b-b79k (at main)`,
    );
    expect(hub.asked.map(({ path }) => path.split('/')[4])).toEqual([NAME, 'ViT-B-32__laion2b-s34b-b79k']);
  });
});
