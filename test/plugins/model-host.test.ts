import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type ChildModel, loadInChild } from '../../src/plugins/model-host.ts';

const MODULE = new URL('./fixtures/trouble-plugin.ts', import.meta.url).href;
const CONTEXT = { modelFolders: [], threads: 1 };
const DEFAULTS = { load: 'normal', loadMs: 0, imageMs: 0, dimensions: 3, reversed: false };

const models: ChildModel[] = [];

async function load(options: object = {}, more: Parameters<typeof loadInChild>[3] = {}): Promise<ChildModel> {
  const model = await loadInChild(MODULE, { ...DEFAULTS, ...options }, CONTEXT, more);
  models.push(model);
  return model;
}

afterEach(async () => {
  for (const model of models.splice(0)) await model[Symbol.asyncDispose]();
});

async function pidOf(model: ChildModel): Promise<number> {
  const [vector] = await model.embedTexts(['pid']);
  return vector?.[0] ?? 0;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 100 && runs(pid); i++) await delay(50);
  expect(runs(pid)).toBe(false);
}

const picture = (...bytes: number[]) => Uint8Array.from(bytes);
const broken = { name: 'EmbeddingError', code: 'MODEL_FAILED', fault: 'final' };
const failed = { name: 'EmbeddingError', code: 'MODEL_FAILED', fault: 'transient' };

describe('a model in a process of its own', () => {
  test('says of itself what the plugin says', async () => {
    const model = await load();
    expect(model).toMatchObject({
      dimensions: 3,
      distance: 'l2',
      normalized: false,
      modalities: ['image', 'text'],
      maxBatch: { image: 8, text: 8 },
      maxConcurrency: 1,
    });
    expect(await pidOf(model)).not.toBe(process.pid);
  });

  test('embeds images and texts in their order', async () => {
    const model = await load();
    const images = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => model.prepareImage(picture(n, n))));
    const vectors = await model.embedImages(images);
    expect(vectors.map(([first]) => first)).toEqual([2, 4, 6, 8, 10, 12]);
    expect((await model.embedTexts(['a', 'bcd'])).map(([first]) => first)).toEqual([1, 3]);
    expect(await model.embedTexts([])).toEqual([]);
  });

  test('takes a text before the batches of images that wait', async () => {
    const model = await load({ imageMs: 30 });
    const images = await Promise.all([1, 2, 3, 4].map((n) => model.prepareImage(picture(n))));
    const batches = images.map((image) => model.embedImages([image]));
    const text = await model.embedTexts(['now']);
    expect(text[0]?.[1]).toBe(2);
    expect((await Promise.all(batches)).map(([vector]) => vector?.[1])).toEqual([1, 3, 4, 5]);
  });

  test('passes on the errors of the plugin with their code and fault', async () => {
    const model = await load();
    await expect(model.prepareImage(picture())).rejects.toMatchObject({
      code: 'MEDIA_UNREADABLE',
      fault: 'input',
      message: 'the file is empty',
    });
    await expect(model.embedTexts(['refuse'])).rejects.toMatchObject({ code: 'MODEL_REFUSED', fault: 'input' });
    await expect(model.embedTexts(['throw'])).rejects.toMatchObject({
      ...failed,
      message: 'The model failed: undefined is no tensor',
    });
    expect(model.alive).toBe(true);
  });

  test('ends when it is disposed of', async () => {
    const model = await load();
    const pid = await pidOf(model);
    await model[Symbol.asyncDispose]();
    expect(runs(pid)).toBe(false);
    expect(model.alive).toBe(false);
    await expect(model.embedTexts(['x'])).rejects.toMatchObject(failed);
  });
});

describe('a prepared image', () => {
  const held = async (model: ChildModel) => (await model.embedTexts(['held']))[0]?.[0];

  test('is released when it is embedded', async () => {
    const model = await load();
    const image = await model.prepareImage(picture(1));
    expect(await held(model)).toBe(1);
    await model.embedImages([image]);
    expect(await held(model)).toBe(0);
    await expect(model.embedImages([image])).rejects.toMatchObject({ ...failed, message: /prepare it again/ });
  });

  test('is released when its signal aborts', async () => {
    const model = await load();
    const controller = new AbortController();
    const { signal } = controller;
    const image = await model.prepareImage(picture(1), { signal });
    controller.abort();
    expect(await held(model)).toBe(0);
    await expect(model.embedImages([image])).rejects.toMatchObject(failed);
  });

  test('is not of use to another load of the model', async () => {
    const [one, other] = [await load(), await load()];
    const image = await one.prepareImage(picture(1));
    await expect(other.embedImages([image])).rejects.toMatchObject(failed);
  });
});

describe('a call that is aborted', () => {
  test('rejects at once with the reason, and the model goes on', async () => {
    const model = await load();
    const controller = new AbortController();
    const call = model.embedTexts(['wait'], { signal: controller.signal });
    await delay(50);
    controller.abort(new Error('not wanted'));
    await expect(call).rejects.toThrow('not wanted');
    expect((await model.embedTexts(['abcd']))[0]?.[0]).toBe(4);
  });

  test('is never made where it still waits for its turn', async () => {
    const model = await load({ imageMs: 100 });
    const images = await Promise.all([1, 2].map((n) => model.prepareImage(picture(n))));
    const first = model.embedImages(images.slice(0, 1));
    const second = model.embedImages(images.slice(1), { signal: AbortSignal.timeout(20) });
    await expect(second).rejects.toMatchObject({ name: 'TimeoutError' });
    await first;
    expect((await model.embedTexts(['x']))[0]?.[1]).toBe(2);
  });
});

describe('a model that breaks its promises', () => {
  test.each([
    ['few', 'it gave 0 vectors for 1 inputs'],
    ['short', 'it gave a vector of 2 numbers, where 3 are right'],
    ['double', 'it gave something else than float32 vectors'],
  ])('%s', async (command, reason) => {
    const model = await load();
    await expect(model.embedTexts([command])).rejects.toMatchObject({
      ...broken,
      message: `The model is broken: ${reason}.`,
    });
  });

  test('or only fails on one input', async () => {
    const model = await load();
    await expect(model.embedTexts(['nan'])).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      fault: 'input',
      message: 'The model gave a vector with a number that is not finite.',
    });
  });

  test('or gives the vectors of a batch in another order', async () => {
    const model = await load({ reversed: true });
    const message = 'The model is broken: it gave the vectors of a batch in another order than that of its inputs.';
    const images = await Promise.all([1, 20, 300].map((n) => model.prepareImage(picture(n))));
    await expect(model.embedImages(images)).rejects.toMatchObject({ ...broken, message });
    await expect(model.embedTexts(['a', 'b'.repeat(300)])).rejects.toMatchObject({ ...broken, message });
  });

  test('or answers what cannot be sent, or with no error at all, is still there', async () => {
    const model = await load();
    await expect(model.embedTexts(['functions'])).rejects.toMatchObject({ ...failed, message: /could not be cloned/ });
    await expect(model.embedTexts(['throw now'])).rejects.toMatchObject({ ...failed, message: /: a string$/ });
    expect(await model.embedTexts(['babble'])).toHaveLength(1);
    expect(model.alive).toBe(true);
  });

  test('describes itself wrongly', async () => {
    await expect(load({ dimensions: 0 })).rejects.toMatchObject({ ...broken, message: /dimensions/ });
  });
});

describe('a process that ends', () => {
  test.each([
    ['abort', /was ended by SIGABRT/],
    ['exit', /ended with exit code 7; it last said: the library gives up$/],
    ['exit well', /ended with exit code 0/],
    ['reject later', /ended with exit code 1; it last said: Error: forgotten$/],
    ['throw later', /ended with exit code 1; it last said: Error: from nowhere$/],
  ])('by %s fails each pending call, and the next load works', async (command, message) => {
    const model = await load({ imageMs: 5000 });
    const image = await model.prepareImage(picture(1));
    const calls = [model.embedTexts([command]), model.embedImages([image]), model.embedTexts(['after'])];
    for (const call of calls) await expect(call).rejects.toMatchObject({ ...failed, message });
    expect(model.alive).toBe(false);
    expect((await (await load()).embedTexts(['ab']))[0]?.[0]).toBe(2);
  });

  test('because it was killed is a failed call', async () => {
    const model = await load();
    const pid = await pidOf(model);
    const call = model.embedTexts(['wait']);
    process.kill(pid, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ ...failed, message: /was ended by SIGKILL/ });
  });

  test('because it hangs past the time limit is gone', async () => {
    const model = await load({}, { timeouts: { call: 300 } });
    const pid = await pidOf(model);
    await expect(model.embedTexts(['hang'])).rejects.toMatchObject({
      ...failed,
      message: "The model's process gave no answer to embedTexts within 0.3 s and was ended.",
    });
    await gone(pid);
  });
});

describe('loading', () => {
  test('fails as the plugin says', async () => {
    await expect(load({ load: 'throw' })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: 'there is no such model',
    });
    await expect(load({ fileNeeded: '/nowhere' })).rejects.toMatchObject({
      ...broken,
      message: 'The model failed: not yet',
    });
  });

  test('fails where the process crashes or hangs', async () => {
    await expect(load({ load: 'abort' })).rejects.toMatchObject({ ...failed, message: /SIGABRT/ });
    const slow = load({ load: 'hang' }, { timeouts: { load: 500 } });
    await expect(slow).rejects.toMatchObject({ ...failed, message: /no answer to load within 0.5 s/ });
  });

  test('stops when its signal aborts', async () => {
    const signal = AbortSignal.timeout(300);
    await expect(load({ load: 'hang' }, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('of a module that is not there is a failure that names it', async () => {
    const loading = loadInChild('file:///nowhere/plugin.ts', {}, CONTEXT);
    await expect(loading).rejects.toMatchObject({ ...broken, message: /nowhere\/plugin\.ts/ });
  });
});

describe.skipIf(process.platform === 'win32')('the process of a model', () => {
  async function startParent(...args: string[]): Promise<{ parent: ChildProcess; lines: AsyncIterator<string[]> }> {
    const script = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [script, ...args], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    if (parent.stdout === null) throw new Error('no stdout');
    return { parent, lines: on(createInterface(parent.stdout), 'line') };
  }
  const nextPid = async (lines: AsyncIterator<string[]>) => Number((await lines.next()).value[0]);

  test('is gone soon after its parent was killed', async () => {
    const { parent, lines } = await startParent();
    const pid = await nextPid(lines);
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await gone(pid);
  });

  test('keeps no program alive that has finished', async () => {
    const { parent, lines } = await startParent('finish');
    const pid = await nextPid(lines);
    expect(await once(parent, 'exit')).toEqual([0, null]);
    await gone(pid);
  });

  test('outlives a Ctrl-C that goes to the whole group, until its parent ends', async () => {
    const { parent, lines } = await startParent();
    const pid = await nextPid(lines);
    process.kill(-(parent.pid ?? 0), 'SIGINT');
    expect(await nextPid(lines)).toBe(pid);
    process.kill(-(parent.pid ?? 0), 'SIGTERM');
    await gone(pid);
  });
});
