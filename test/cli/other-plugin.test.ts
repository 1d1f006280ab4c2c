import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, type Outcome, run } from './run.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
});
afterEach(() => copy[Symbol.asyncDispose]());

/** A plugin in a file of its own, in a folder where nothing is installed. */
function source(name: string, embeddingFunction: string, dimensions: number, seed: number): string {
  return `import { definePlugin } from 'viewfinder/plugin';
const vector = (input) => Float32Array.from({ length: ${dimensions} }, (_, i) => Math.sin(input * Math.sqrt(i + 1000 * ${seed})));
export default definePlugin({
  apiVersion: 1, name: '${name}', version: '1.0.0', description: 'For tests.', functions: ['${embeddingFunction}'],
  modalities: ['image', 'text'],
  options: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }), jsonSchema: { input: () => ({}) } } },
  availability: async () => ({ available: true }),
  models: async () => [],
  locate: async () => ({ installed: true, name: '${name}', dimensions: ${dimensions} }),
  load: async () => ({
    dimensions: ${dimensions}, distance: 'l2', normalized: false, modalities: ['image', 'text'],
    maxBatch: { image: 8, text: 8 }, maxConcurrency: 1,
    prepareImage: async (bytes) => ({ input: bytes.length }),
    embedImages: async (images) => images.map(({ input }) => vector(input)),
    embedTexts: async (texts) => texts.map(({ length }) => vector(length)),
    async [Symbol.asyncDispose]() {},
  }),
});
`;
}

/** Runs a command where these plugins are configured, and no others. */
async function withPlugins(plugins: readonly string[], args: readonly string[]): Promise<Outcome> {
  const files = plugins.map((_, index) => `./plugin-${index}.mjs`);
  await Promise.all(plugins.map((plugin, index) => writeFile(join(copy.temporary, `plugin-${index}.mjs`), plugin)));
  const config = join(copy.temporary, 'config.json');
  await writeFile(config, JSON.stringify({ plugins: files }));
  return run([...args, ...flagsOf(copy), '--config', config]);
}

const FIRST = source('first', 'first', 64, 1);
const EMBED = ['embed', 'health_images', '--table', 'emb_first', '--function'];
const SEARCH = ['search', 'health_images', 'cells', '--table', 'emb_first'];

beforeEach(async () => {
  expect(await withPlugins([FIRST], [...EMBED, 'first'])).toMatchObject({ code: 0 });
});

test('a table made with one plugin is refused to another', async () => {
  expect(await withPlugins([FIRST, source('second', 'second', 64, 2)], [...EMBED, 'second'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /"emb_first" is there with another function .*\(first \{\}\)\. A table never holds two/,
    ),
  });
});

test('a table whose plugin is not configured is neither searched nor extended', async () => {
  const message = expect.stringContaining('No plugin here serves the embedding function "first"; there are: open-clip');
  expect(await withPlugins([], SEARCH)).toMatchObject({ code: 2, stderr: message });
  expect(await withPlugins([], [...EMBED, 'first'])).toMatchObject({ code: 2, stderr: message });
});

test('a table is refused to another plugin that serves its function with vectors of another length', async () => {
  const usurper = source('usurper', 'first', 48, 1);
  const searched = await withPlugins([usurper], SEARCH);
  expect(searched.code).not.toBe(0);
  expect(searched.stderr).toMatch(/^viewfinder: .*\b48\b.*\b64\b|^viewfinder: .*\b64\b.*\b48\b/);
  expect(await withPlugins([usurper], [...EMBED, 'first'])).toMatchObject({ code: 2 });
});

test('a table is not extended by another plugin that serves its function with other vectors', async () => {
  const usurper = source('usurper', 'first', 64, 5);
  await withPlugins([FIRST], [...EMBED.slice(0, 3), 'emb_part', '--function', 'first', '--limit', '6']);
  const refused = await withPlugins(
    [usurper],
    ['embed', 'health_images', '--table', 'emb_part', '--function', 'first'],
  );
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(
    /"emb_part" holds vectors of another model: .* to add to them would mix two vector spaces/,
  );
});
