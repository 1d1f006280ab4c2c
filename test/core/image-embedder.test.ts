import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import { ChildModel } from '../../src/plugins/model-host.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addViews } from './more-views.ts';
import { compute, makeTable, makeTableOf, TOUCHY } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
beforeEach(async () => {
  copy = await copyOfLibrary('items', models);
  dataset = await openDataset(copy);
});
afterEach(() => copy[Symbol.asyncDispose]());

const touchy = (options: object = {}) => makeTable(dataset, 'emb', { embeddingFunction: 'touchy', options });

/** Views whose pictures are commands to the plugin, beside the twelve good ones. */
async function addCommands(...commands: string[]): Promise<string[]> {
  const ids = commands.map((_, index) => `command-${index}`);
  for (const [index, command] of commands.entries()) await writeFile(join(copy.media, `command-${index}`), command);
  await addViews(
    dataset,
    ids.map((id) => ({ id, url: id })),
  );
  return ids;
}

const failure = (id: string, code: string, message: unknown) => ({
  view: { table: 'image', id },
  code,
  message,
  fingerprint: expect.stringMatching(/^\d+:/),
});
const ended = expect.stringMatching(/process/);

describe('a picture that cannot be embedded', () => {
  test('is a failure with its reason, and all others are embedded', async () => {
    const table = await makeTable(dataset, 'emb');
    const whole = await readFile(join(copy.media, 'health_images/all/os-bras.jpg'));
    await writeFile(join(copy.media, 'cut.jpg'), whole.subarray(0, whole.length / 2));
    await writeFile(join(copy.media, 'text.jpg'), 'this is no picture');
    await writeFile(join(copy.media, 'empty.png'), '');
    const reasons: Record<string, string> = {
      'cut.jpg': 'MEDIA_UNREADABLE',
      'text.jpg': 'MEDIA_UNSUPPORTED',
      'empty.png': 'MEDIA_UNREADABLE',
      'gone.jpg': 'MEDIA_MISSING',
      health_images: 'MEDIA_UNREADABLE',
      '../models/config.json': 'MEDIA_FORBIDDEN',
      'https://example.org/picture.jpg': 'MEDIA_FORBIDDEN',
      '': 'MEDIA_MISSING',
    };
    await addViews(
      dataset,
      Object.keys(reasons).map((url) => ({ id: `at ${url}`, url })),
    );
    const { failures, ...counts } = await compute(dataset, 'emb');
    expect(counts).toMatchObject({ total: 20, embedded: 12, skipped: 0, failed: 8 });
    expect(Object.fromEntries(failures.map(({ view, code }) => [view.id.slice('at '.length), code]))).toEqual(reasons);
    for (const { message } of failures) expect(message).toMatch(/\w+ \w+/);
    expect(await table.rowCount()).toBe(12);
    expect(await compute(dataset, 'emb')).toMatchObject({ total: 20, embedded: 0, skipped: 12, failed: 8 });
  });
});

describe('a model that fails on one picture', () => {
  test.each(['crash', 'crash preparing', 'throw'])(
    '(%s) costs that picture alone, and what was under way with it is tried again',
    async (command) => {
      const table = await touchy();
      const [id = ''] = await addCommands(command);
      expect(await compute(dataset, 'emb')).toMatchObject({
        total: 13,
        embedded: 12,
        skipped: 0,
        failed: 1,
        failures: [failure(id, 'MODEL_REFUSED', command === 'throw' ? expect.stringMatching(/a bug/) : ended)],
      });
      expect(await table.rowCount()).toBe(12);
    },
  );

  test('with a vector that is not one embeds the others', async () => {
    const table = await touchy();
    const [id = ''] = await addCommands('nan');
    const { embedded, failures } = await compute(dataset, 'emb');
    expect({ embedded, failures }).toEqual({
      embedded: 12,
      failures: [failure(id, 'MODEL_REFUSED', 'The model gave a vector with a number that is not finite.')],
    });
    expect(await table.rowCount()).toBe(12);
  });

  test('may take one picture a call, and that one fail', async () => {
    await touchy({ maxBatch: 1 });
    await addCommands('crash', 'throw');
    expect(await compute(dataset, 'emb')).toMatchObject({ embedded: 12, failed: 2 });
  });

  test('is asked again, and the picture that is left is again a failure and not one of the model', async () => {
    await touchy();
    await addCommands('crash');
    await compute(dataset, 'emb');
    expect(await compute(dataset, 'emb')).toMatchObject({ total: 13, skipped: 12, embedded: 0, failed: 1 });
  });

  test('and embeds it at the second try has not failed', async () => {
    await touchy();
    await addCommands(`crash once ${join(copy.temporary, 'crashed')}`);
    expect(await compute(dataset, 'emb')).toMatchObject({ embedded: 13, failed: 0 });
  });

  test('may refuse every picture that is left, each for its own reason', async () => {
    await touchy();
    const ids = await addCommands('refuse', 'refuse');
    await compute(dataset, 'emb');
    const { failures } = await compute(dataset, 'emb');
    expect(failures).toEqual(ids.map((id) => failure(id, 'MODEL_REFUSED', 'not such a picture')));
  });
});

describe('a model that itself is at fault', () => {
  test('fails the computation, and nothing is written', async () => {
    const table = await touchy({ images: 'crash' });
    await expect(compute(dataset, 'emb')).rejects.toMatchObject({
      name: 'PluginError',
      code: 'MODEL_FAILED',
      plugin: 'touchy',
      message: ended,
    });
    expect(await table.rowCount()).toBe(0);
  });

  test('keeps nothing of what was prepared for it', async () => {
    await touchy({ images: 'throw' });
    using prepare = vi.spyOn(ChildModel.prototype, 'prepareImage');
    await expect(compute(dataset, 'emb')).rejects.toMatchObject({ code: 'MODEL_FAILED', message: /a bug/ });
    const prepared = prepare.mock.settledResults.map(({ value }) => value);
    expect(prepared.length).toBeGreaterThan(12);
    const model = await models.models.load('touchy', { images: 'throw' });
    for (const image of prepared) await expect(model.embedImages([image])).rejects.toThrow('is released');
  });

  test('with vectors of another length than the table takes is found before anything is written', async () => {
    const space = { embeddingFunction: 'touchy', options: { dimensions: 4 }, dimensions: 3 };
    const table = await makeTableOf(dataset, 'emb', space);
    await expect(compute(dataset, 'emb')).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH', message: /3.*4/ });
    expect(await table.rowCount()).toBe(0);
  });

  test('or missing is said before it is loaded', async () => {
    await makeTableOf(dataset, 'emb', { embeddingFunction: 'open-clip', options: { name: 'gone' }, dimensions: 3 });
    await expect(compute(dataset, 'emb')).rejects.toMatchObject({ code: 'MODEL_MISSING', message: /"gone"/ });
  });
});
