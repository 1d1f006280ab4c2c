import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOfLibrary, FIXTURES, type LibraryCopy } from '../library.ts';
import { goldenSearches } from '../schema/golden.ts';
import { flagsOf, run } from './run.ts';

let copy: LibraryCopy;
let flags: string[];

beforeAll(async () => {
  copy = await copyOfLibrary('items');
  flags = [...flagsOf(copy), '--table', 'emb_tiny'];
});
afterAll(() => copy[Symbol.asyncDispose]());

async function search(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['search', 'health_images', ...args, ...flags]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test("search --json gives Pixano's items and distances, from --skip on", async () => {
  const [first, second] = (await goldenSearches('emb_tiny')).filter(({ args }) => args.query === 'microscope');
  expect(second?.args).toMatchObject({ limit: 5, skip: 10 });
  for (const [golden, args] of [
    [first, []],
    [second, ['--skip', '10', '--limit', '5', '--exact', '--explain']],
  ] as const) {
    const { table, results, explain } = JSON.parse(await search('microscope', '--json', ...args));
    expect(table).toBe('emb_tiny');
    if (args.length > 0) expect(explain).toMatchObject({ exact: true, candidates: 12, embedMs: expect.any(Number) });
    else expect(explain).toBeUndefined();
    expect(results.map(({ item }: { item: string }) => item)).toEqual(golden?.items);
    for (const [index, result] of results.entries()) {
      expect(Object.keys(result)).toEqual(['item', 'view', 'distance', 'attributes']);
      expect(result).toMatchObject({ view: expect.stringMatching(/^\w{22}$/), attributes: { split: /all|val/ } });
      expect(result.distance).toBeCloseTo(golden?.distances[index] ?? Number.NaN, 5);
    }
  }
});

test('search shows hits as a table for people, numbered, with how they were found', async () => {
  const lines = (await search('microscope', '--limit', '2', '--skip', '1', '--explain')).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^ {3}distance {2}item {20}split {2}image_type$/),
    expect.stringMatching(/^2 {2}\d\.\d{4} {4}\w{22} {2}(all|val) {4}\w+$/),
    expect.stringMatching(/^3 {2}\d\.\d{4} {4}\w{22} {2}(all|val) {4}\w+$/),
    'Exact: all 12 vectors were compared, and the nearest 6 looked at.',
    expect.stringMatching(/^Vectors compared: 12; query [\d.]+ ms, comparison [\d.]+ ms, items [\d.]+ ms\.$/),
    '',
  ]);
});

test('search --filter gives those items alone that every filter lets pass', async () => {
  const filters = ['--filter', 'split:eq:val', '--filter', 'image_type:in:microscope,irm'];
  const { results, explain } = JSON.parse(await search('microscope', '--json', '--explain', ...filters));
  expect(results.length).toBeGreaterThan(0);
  for (const { attributes } of results) {
    expect(attributes).toMatchObject({ split: 'val', image_type: expect.stringMatching(/^(microscope|irm)$/) });
  }
  expect(explain).toMatchObject({ exact: true, indexType: null, plan: expect.stringMatching(/of 12 items match/) });
  const wrong = await run([
    'search',
    'health_images',
    'x',
    '--table',
    'emb_tiny',
    '--filter',
    'nope:eq:1',
    ...flagsOf(copy),
  ]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/^viewfinder: [^\n]*no column "nope"[^\n]*\n$/),
  ]);
});

test('search --image finds the picture itself first', async () => {
  const image = join(FIXTURES, 'items/assets/health_images/all/microscope-peau.jpg');
  const { results } = JSON.parse(await search('--image', image, '--json'));
  expect(results).toHaveLength(5);
  expect(results[0].distance).toBeCloseTo(0, 5);
  expect(results[0].attributes).toMatchObject({ image_type: 'microscope' });
});

test('search needs no --table where there is but one', async () => {
  await using records = await copyOfLibrary('records');
  const { code, stdout } = await run(['search', 'Health Images', 'microscope', '--json', ...flagsOf(records)]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ table: 'embeddings', results: [{}, {}, {}, {}, {}] });
});

test('search says so where there is nothing beyond --skip', async () => {
  expect(await search('microscope', '--skip', '12')).toBe('Nothing was found.\n');
});

test('search names both places where a model was looked for', async () => {
  await rm(join(copy.modelFolder, 'ViT-B-32__laion2b_s34b_b79k'));
  const args = ['search', 'health_images', 'x', ...flagsOf(copy), '--table', 'emb_open-clip'];
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
  for (const name of ['ViT-B-32__laion2b_s34b_b79k', 'ViT-B-32'])
    expect(stderr).toContain(join(copy.modelFolder, name));
});
