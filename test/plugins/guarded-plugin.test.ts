import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EmbeddingError, type EmbeddingPlugin } from '../../src/plugins/embedding-plugin.ts';
import { guardedPlugin } from '../../src/plugins/guarded-plugin.ts';

const CONTEXT = { modelFolders: [], threads: 1 };

/** A plugin whose questions all answer what is given, whatever the contract says. */
function guarded(answer: () => unknown): EmbeddingPlugin {
  const anything = answer as () => never;
  const plugin: EmbeddingPlugin = {
    name: 'guest',
    version: '1.0.0',
    description: 'A guest.',
    functions: ['guest'],
    modalities: ['text'],
    options: { '~standard': { ...z.object({})['~standard'], version: 1, validate: anything } },
    availability: anything,
    models: anything,
    locate: anything,
    load: anything,
  };
  return guardedPlugin(plugin, 50);
}

const wrong: Record<string, [() => unknown, RegExp]> = {
  throws: [() => JSON.parse('{'), /: Expected property name/],
  rejects: [() => Promise.reject(new Error('no licence')), /: no licence$/],
  hangs: [() => new Promise(() => {}), /: it gave no answer within 0.05 s$/],
  'answers nonsense': [() => 5, /: [\s\S]*(Invalid input|it gives neither)/],
};

describe.each(Object.entries(wrong))('a plugin that %s', (_, [answer, reason]) => {
  test('cannot run here', async () => {
    const availability = await guarded(answer).availability();
    expect(availability).toEqual({ available: false, reason: expect.stringMatching(reason) });
    expect(availability).toMatchObject({
      reason: expect.stringMatching(/^The plugin "guest" failed at `availability`/),
    });
  });

  test.each(['models', 'locate', 'options'] as const)('is named with `%s`', async (method) => {
    const plugin = guarded(answer);
    const asked = {
      models: () => plugin.models(CONTEXT),
      locate: () => plugin.locate({}, CONTEXT),
      options: async () => plugin.options['~standard'].validate({}),
    };
    const error = { code: 'MODEL_FAILED', fault: 'final', message: expect.stringMatching(reason) };
    await expect(asked[method]()).rejects.toMatchObject(error);
    await expect(asked[method]()).rejects.toThrow(`The plugin "guest" failed at \`${method}\``);
  });
});

test.each([[{ f() {} }], [{ n: 1n }], [{ n: Number.NaN }], [undefined]])(
  'options that JSON cannot say are none',
  async (value) => {
    const validate = guarded(() => ({ value })).options['~standard'].validate;
    await expect(validate({})).rejects.toThrow('it gives neither issues nor a value that JSON can say');
  },
);

test('a plugin that answers well is left as it is', async () => {
  const missing = { installed: false, name: 'x', reason: 'It is not there.' };
  expect(await guarded(() => missing).locate({}, CONTEXT)).toBe(missing);
  const error = new EmbeddingError('MODEL_MISSING', 'final', 'It is not there.');
  await expect(guarded(() => Promise.reject(error)).locate({}, CONTEXT)).rejects.toBe(error);
});
