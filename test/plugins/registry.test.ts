import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { PluginRegistry } from '../../src/plugins/registry.ts';
import trouble from './fixtures/trouble-plugin.ts';

const MODULE = new URL('./fixtures/trouble-plugin.ts', import.meta.url).href;
const context = { modelFolders: [], threads: 1 };
const registered = { plugin: trouble, module: MODULE };

let registry: PluginRegistry;
function open(): PluginRegistry {
  registry = new PluginRegistry({ plugins: [registered], context });
  return registry;
}
afterEach(() => registry[Symbol.asyncDispose]());

function runs(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

async function pid(options: object = {}, signal?: AbortSignal): Promise<number> {
  const model = await registry.load('trouble', options, { signal });
  return (await model.embedTexts(['pid']))[0]?.[0] ?? 0;
}

describe('the registry', () => {
  test('finds the plugin of a function', () => {
    open();
    expect(registry.plugins).toEqual([trouble]);
    expect(registry.pluginFor('more-trouble')).toBe(trouble);
    expect(registry.pluginFor('unknown')).toBeUndefined();
  });

  test('refuses two plugins of one name, or of one function', () => {
    open();
    const plugins = (other: object) => [registered, { plugin: { ...trouble, ...other }, module: 'file:///other.ts' }];
    expect(() => new PluginRegistry({ plugins: plugins({ functions: ['x'] }), context })).toThrow(
      `Two plugins are named "trouble": ${MODULE} and file:///other.ts.`,
    );
    expect(() => new PluginRegistry({ plugins: plugins({ name: 'other' }), context })).toThrow(
      'The plugins "trouble" and "other" both serve the function "trouble".',
    );
  });

  test('fills in the defaults of options, and says what is wrong with others', async () => {
    open();
    expect(await registry.parseOptions('trouble', { imageMs: 5 })).toEqual({
      value: { load: 'normal', loadMs: 0, imageMs: 5, dimensions: 3, reversed: false },
    });
    expect((await registry.parseOptions('trouble', { imageMs: 'x' })).issues).toMatchObject([{ path: ['imageMs'] }]);
    await expect(registry.load('trouble', { imageMs: 'x', more: 1 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      fault: 'final',
      message: /^The options of the function "trouble" are wrong: imageMs: .*; .*"more"/,
    });
  });

  test('names the functions that are served where one is unknown', async () => {
    open();
    const unknown = { code: 'PLUGIN_UNAVAILABLE', message: /"siglip".*trouble, more-trouble/ };
    await expect(registry.load('siglip', {})).rejects.toMatchObject(unknown);
    await expect(registry.locate('siglip', {})).rejects.toMatchObject(unknown);
    expect(await registry.locate('trouble', {})).toMatchObject({ installed: true });
  });
});

describe('a model of the registry', () => {
  test('is loaded once for the same options, however they are written', async () => {
    open();
    const pids = await Promise.all([
      pid(),
      pid(),
      pid({ dimensions: 3, imageMs: 0 }),
      pid({ imageMs: 0, dimensions: 3 }),
    ]);
    expect(new Set(pids).size).toBe(1);
    expect(await pid({ imageMs: 1 })).not.toBe(pids[0]);
  });

  test('is not ended by one who borrows it', async () => {
    open();
    const model = await registry.load('trouble', {});
    await model[Symbol.asyncDispose]();
    expect(await model.embedTexts(['ab'])).toHaveLength(1);
  });

  test('is loaded anew after its process has died', async () => {
    open();
    const model = await registry.load('trouble', {});
    const before = await pid();
    await expect(model.embedTexts(['abort'])).rejects.toMatchObject({ code: 'MODEL_FAILED', fault: 'transient' });
    expect(await pid()).not.toBe(before);
  });

  test('is unloaded after a while without a call, and loaded anew by the next one', async () => {
    registry = new PluginRegistry({ plugins: [registered], context, idleMs: 300 });
    const model = await registry.load('trouble', { imageMs: 600 });
    const [first] = await model.embedTexts(['pid']);
    const running = first?.[0] ?? 0;
    // A call that takes longer keeps it.
    await model.embedImages([await model.prepareImage(Uint8Array.of(1))]);
    expect(await pid({ imageMs: 600 })).toBe(running);
    for (let waited = 0; waited < 100 && runs(running); waited++) await delay(50);
    expect(runs(running)).toBe(false);
    expect(await pid({ imageMs: 600 })).not.toBe(running);
  });

  test('is loaded once more for one caller, beside the one of all', async () => {
    open();
    const shared = await pid();
    const apart = await registry.loadApart('trouble', {}, { atOnce: 4, threads: 2 });
    const [own] = await apart.embedTexts(['pid']);
    expect(own?.[0]).not.toBe(shared);
    expect(await pid()).toBe(shared);
    await apart[Symbol.asyncDispose]();
    expect(runs(own?.[0] ?? 0)).toBe(false);
    expect(runs(shared)).toBe(true);
  });

  test('is loaded anew where other runs are preferred, and the old one ends after its last call', async () => {
    open();
    const options = { imageMs: 600 };
    const old = await registry.load('trouble', options);
    const oldPid = await pid(options);
    const call = old.embedImages([await old.prepareImage(Uint8Array.of(1))]);
    await registry.prefer('trouble', options, undefined);
    expect(await pid(options)).toBe(oldPid);
    await registry.prefer('trouble', options, { atOnce: 4, threads: 2 });
    const newPid = await pid(options);
    expect(newPid).not.toBe(oldPid);
    expect(await call).toHaveLength(1);
    await registry.prefer('trouble', { ...options, dimensions: 3 }, { threads: 2, atOnce: 4 });
    expect(await pid(options)).toBe(newPid);
    for (let waited = 0; waited < 100 && runs(oldPid); waited++) await delay(50);
    expect(runs(oldPid)).toBe(false);
  });

  test('is loaded anew after loading has failed', async () => {
    open();
    const folder = await mkdtemp(join(tmpdir(), 'registry-'));
    try {
      const fileNeeded = join(folder, 'weights');
      await expect(pid({ fileNeeded })).rejects.toMatchObject({ code: 'MODEL_FAILED' });
      await writeFile(fileNeeded, '');
      expect(await pid({ fileNeeded })).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('is loaded for one caller though another gives up', async () => {
    open();
    const options = { loadMs: 300 };
    const impatient = pid(options, AbortSignal.timeout(50));
    const patient = pid(options);
    await expect(impatient).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await patient).toBeGreaterThan(0);
  });

  test('stops loading when all callers have given up, and can be asked for again', async () => {
    open();
    const options = { loadMs: 300 };
    await expect(pid(options, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await pid(options)).toBeGreaterThan(0);
  });

  test('ends with the registry', async () => {
    open();
    const running = await pid();
    await registry[Symbol.asyncDispose]();
    expect(() => process.kill(running, 0)).toThrow('ESRCH');
    await expect(registry.load('trouble', {})).rejects.toThrow('disposed');
  });
});
