import { afterEach, expect, test } from 'vitest';
import { openRegistry, type RegistrySettings } from '../../src/plugins/open-registry.ts';
import type { PluginRegistry } from '../../src/plugins/registry.ts';

let registry: PluginRegistry;
afterEach(() => registry[Symbol.asyncDispose]());

async function open(settings: Partial<RegistrySettings>): Promise<PluginRegistry> {
  const base = import.meta.dirname;
  registry = await openRegistry({ plugins: ['./fixtures/trouble-plugin.ts'], base, modelFolders: [], ...settings });
  return registry;
}

async function pid(): Promise<number> {
  const model = await registry.load('trouble', {});
  return (await model.embedTexts(['pid']))[0]?.[0] ?? 0;
}

test('a model has the seconds that are set for one call', async () => {
  await open({ timeLimits: { call: 0.5 } });
  const model = await registry.load('trouble', {});
  await expect(model.embedTexts(['hang'])).rejects.toThrow('no answer to embedTexts within 0.5 s');
});

test('a model is unloaded after the minutes that are set', async () => {
  await open({ unloadAfter: 0.002 });
  const first = await pid();
  await expect.poll(() => runs(first), { timeout: 10_000 }).toBe(false);
  expect(await pid()).not.toBe(first);
});

function runs(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
