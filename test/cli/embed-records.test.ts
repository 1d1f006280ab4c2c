import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataset } from '../../src/core/write-lock.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { flagsOf, type Outcome, run } from './run.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('records');
});
afterEach(() => copy[Symbol.asyncDispose]());

function embed(...args: string[]): Promise<Outcome> {
  return run(['embed', 'health_images', ...args, ...flagsOf(copy)]);
}

test('--table embeddings makes Pixano 0.8’s own table, and takes no other model for it afterwards', {
  timeout: 90_000,
}, async () => {
  await rm(join(copy.path, 'health_images/embeddings.json'));
  await rm(join(copy.path, 'health_images/db/embeddings.lance'), { recursive: true });
  const table = ['--table', 'embeddings'];
  expect(await embed(...table, '--option', 'name=pixano-tiny-clip')).toEqual({
    code: 0,
    stdout: 'embeddings: 12 embedded, 0 had a vector, 0 failed, of 12 views.\n',
    stderr: '',
  });
  expect(await embed(...table)).toMatchObject({ code: 0, stdout: /0 embedded, 12 had a vector/ });
  const other = await embed(...table, '--option', 'name=ViT-B-32');
  expect([other.code, other.stdout]).toEqual([2, '']);
  expect(other.stderr).toMatch(
    /^viewfinder: The table "embeddings" holds vectors of the model "pixano-tiny-clip"[^\n]+\n$/,
  );
  const search = ['search', 'health_images', 'microscope', ...table, '--json', ...flagsOf(copy)];
  expect(JSON.parse((await run(search)).stdout).results).toHaveLength(5);
});

test('a dataset that another program writes to is waited for as long as --busy-timeout says', async () => {
  await using _lock = await lockDataset(join(copy.path, 'health_images'));
  const outcome = await embed('--table', 'emb_new', '--option', 'name=pixano-tiny-clip', '--busy-timeout', '0.1');
  expect([outcome.code, outcome.stdout]).toEqual([2, '']);
  expect(outcome.stderr).toMatch(/^viewfinder: Another program has been writing [^\n]+ for 0\.1 s[^\n]+\n$/);
  expect(await (await openDataset(copy)).store.folder.names()).not.toContain('emb_new');
});

test.each([
  [['--busy-timeout', 'soon'], /busy-timeout must be a number[^\n]+"soon"/],
  [['--allow-media-host', 'https://example.org/'], /"https:\/\/example\.org\/" is no host/],
])('%j is refused', async (flags, message) => {
  const outcome = await embed('--table', 'emb_new', ...flags);
  expect([outcome.code, outcome.stdout]).toEqual([2, '']);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr.trimEnd()).not.toContain('\n');
});

test('the configuration names hosts of pictures and models of Pixano 0.8', async () => {
  const file = join(copy.temporary, 'viewfinder.config.json');
  const config = (keys: object) =>
    writeFile(file, JSON.stringify({ library: copy.path, models: copy.modelFolder, ...keys }));
  await config({
    mediaHosts: ['images.example.org'],
    busyTimeout: 5,
    modelIds: { 'pixano-tiny-clip': { function: 'nowhere' } },
  });
  const datasets = await run(['datasets', '--json', '--config', file]);
  expect(JSON.parse(datasets.stdout)).toMatchObject([
    { embeddingTables: [{ name: 'embeddings', function: 'nowhere' }] },
  ]);
  await config({ mediaHosts: ['a b'] });
  expect(await run(['datasets', '--config', file])).toMatchObject({ code: 2, stderr: /"a b" is no host/ });
});
