import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, makeArrowTable } from '@lancedb/lancedb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { flagsOf, run, start } from './run.ts';

const COPIES = 25;

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  await multiplyViews();
});
afterEach(() => copy[Symbol.asyncDispose]());

/** Gives each item many views of the same picture, so that there is something to interrupt. */
async function multiplyViews(): Promise<void> {
  const dataset = await openDataset(copy);
  const rows = await dataset.getData('image');
  const connection = await connect(join(copy.path, 'health_images/db'));
  const table = await connection.openTable('image');
  const more = Array.from({ length: COPIES - 1 }, (_, round) =>
    rows.map(({ id, values }) => {
      const times = { created_at: new Date(0), updated_at: new Date(0) };
      return { ...values, ...times, id: `${id}-${round}` };
    }),
  );
  await table.add(makeArrowTable(more.flat(), { schema: await table.schema() }));
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s keeps what is embedded, and the same command goes on', async (signal) => {
  const args = ['embed', 'health_images', '--table', 'emb_new', '--json', ...flagsOf(copy)];
  const command = start(args);
  let interrupted = false;
  for (let line = await command.line(); line !== 'undefined'; line = await command.line()) {
    if (interrupted || JSON.parse(line).embedded === 0) continue;
    command.process.kill(signal);
    interrupted = true;
  }
  const { code, stdout, stderr } = await command.outcome;
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  expect([code, stderr]).toEqual([130, '']);
  expect(last).toMatchObject({ state: 'INTERRUPTED', total: 12 * COPIES, skipped: 0, failed: 0, failures: [] });
  expect(last.embedded).toBeGreaterThan(0);
  expect(last.embedded).toBeLessThan(12 * COPIES);
  const table = await (await openDataset(copy)).embeddingTable('emb_new');
  expect(await table.rowCount()).toBe(last.embedded);

  const again = await run(['embed', 'health_images', '--table', 'emb_new', ...flagsOf(copy)]);
  const todo = 12 * COPIES - last.embedded;
  const counts = `${todo} embedded, ${last.embedded} had a vector, 0 failed, of ${12 * COPIES} views`;
  expect(again).toEqual({ code: 0, stdout: `emb_new: ${counts}.\n`, stderr: '' });
  expect(await table.rowCount()).toBe(12 * COPIES);
});

test('a recomputation that was interrupted is mentioned by the next embed, until it is finished', async () => {
  const args = ['embed', 'health_images', '--table', 'emb_tiny', ...flagsOf(copy)];
  await run(args);
  const command = start([...args, '--recompute', '--json']);
  for (let line = await command.line(); JSON.parse(line).embedded === 0; line = await command.line());
  command.process.kill('SIGINT');
  expect((await command.outcome).code).toBe(130);
  const mention = /the last --recompute of this table ended after \d+ of 300 views/;
  expect(await run(args)).toMatchObject({ code: 0, stderr: expect.stringMatching(mention) });
  expect(await run([...args, '--recompute'])).toMatchObject({ code: 0, stderr: '' });
  expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
});

test('where the state folder cannot hold the record of jobs, no table is left', async () => {
  const state = join(copy.temporary, 'a-file');
  await writeFile(state, '');
  const flags = ['--table', 'emb_new', '--state', state, ...flagsOf(copy)];
  expect(await run(['embed', 'health_images', ...flags])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(state),
  });
  expect(await (await openDataset(copy)).findEmbeddingTable('emb_new')).toBeNull();
});
