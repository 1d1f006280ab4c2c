import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { ClusteredVectors, clusteredTable } from '../core/index/clustered-table.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { copyOfLibrary, type LibraryCopy, openModels, type TestModels } from '../library.ts';
import { flagsOf, run, start } from './run.ts';

const ROWS = 3000;
const PICTURES = 12;

let models: TestModels;
let copy: LibraryCopy;
let embed: string[];
beforeEach(async () => {
  models = await openModels([TOUCHY]);
  copy = await copyOfLibrary('items', models);
  const config = join(copy.temporary, 'config.json');
  await writeFile(config, JSON.stringify({ plugins: [TOUCHY], indexRows: 1000 }));
  embed = ['embed', 'health_images', '--table', 'emb', '--json', ...flagsOf(copy), '--config', config];
  await clusteredTable(await open(), new ClusteredVectors().take(ROWS));
});
afterEach(async () => {
  await copy[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

const open = () =>
  Dataset.open(join(copy.path, 'health_images'), { models: models.models, mediaDir: copy.media, indexRows: 1000 });

async function standing() {
  const dataset = await open();
  return dataset.indexes.standing(await dataset.embeddingTable('emb'));
}

const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('embed makes the index of a table that is large, and tells of it before its last line', async () => {
  const { code, stdout, stderr } = await run(embed);
  expect([code, stderr]).toEqual([0, '']);
  const lines = linesOf(stdout);
  expect(lines.at(-2)).toMatchObject({ kind: 'INDEX', state: 'SUCCEEDED', total: ROWS + PICTURES });
  expect(lines.at(-1)).toMatchObject({ kind: 'EMBED', state: 'SUCCEEDED', embedded: PICTURES, failures: [] });
  expect(await standing()).toMatchObject({ verdict: 'HOLDS', index: { type: 'IVF_FLAT', unindexedRows: 0 } });
  const again = await run(embed.filter((flag) => flag !== '--json'));
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^emb: 0 embedded/) });
});

test('embed that is killed while it makes an index leaves the table whole, and the next one makes it', async () => {
  const command = start(embed);
  for (let line = await command.line(); JSON.parse(line).kind !== 'INDEX'; ) line = await command.line();
  command.process.kill('SIGKILL');
  await command.outcome;
  const { rows, verdict } = await standing();
  expect([rows, ['NONE', 'UNMEASURED'].includes(verdict)]).toEqual([ROWS + PICTURES, true]);
  const { code, stdout } = await run(embed);
  expect(code).toBe(0);
  expect(linesOf(stdout).at(-2)).toMatchObject({ kind: 'INDEX', state: 'SUCCEEDED' });
  expect((await standing()).verdict).toBe('HOLDS');
  expect(await readdir(join(copy.path, '.viewfinder/indexes/health_images'))).toEqual(['emb.json']);
});

test('Ctrl-C while the index is made leaves its job to the next time', async () => {
  const command = start(embed);
  for (let line = await command.line(); JSON.parse(line).kind !== 'INDEX'; ) line = await command.line();
  command.process.kill('SIGINT');
  const { code, stdout } = await command.outcome;
  expect(code).toBe(130);
  expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'EMBED', state: 'SUCCEEDED' });
  expect(['NONE', 'UNMEASURED']).toContain((await standing()).verdict);
});
