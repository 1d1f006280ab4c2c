import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset } from '../library.ts';
import { goldenSearches } from '../schema/golden.ts';
import { flagsOf, type Outcome, run } from './run.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
});
afterEach(() => copy[Symbol.asyncDispose]());

function embed(...args: string[]): Promise<Outcome> {
  return run(['embed', 'health_images', '--table', 'emb_new', ...args, ...flagsOf(copy)]);
}

function snapshots({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function rowCount(): Promise<number> {
  return (await (await openDataset(copy)).embeddingTable('emb_new')).rowCount();
}

describe('embed', () => {
  test('makes the table, fills it, and does nothing twice', async () => {
    expect(await embed()).toEqual({
      code: 0,
      stdout: 'emb_new: 12 embedded, 0 had a vector, 0 failed, of 12 views.\n',
      stderr: '',
    });
    expect(await embed()).toMatchObject({
      code: 0,
      stdout: 'emb_new: 0 embedded, 12 had a vector, 0 failed, of 12 views.\n',
    });
    expect(await rowCount()).toBe(12);
    const [golden] = await goldenSearches('emb_open-clip');
    const search = ['search', 'health_images', golden?.args.query ?? '', '--table', 'emb_new', '--json'];
    const { results } = JSON.parse((await run([...search, ...flagsOf(copy)])).stdout);
    expect(results.map(({ item }: { item: string }) => item)).toEqual(golden?.items);
  });

  test('--json tells each snapshot in a line, the last with what failed', async () => {
    await rm(join(copy.media, 'health_images/all/os-bras.jpg'));
    await writeFile(join(copy.media, 'health_images/all/os-fracture.png'), 'no picture');
    const outcome = await embed('--json');
    expect([outcome.code, outcome.stderr]).toEqual([3, '']);
    const lines = snapshots(outcome);
    for (const line of lines) {
      const keys = ['kind', 'state', 'total', 'embedded', 'skipped', 'failed', 'rate', 'etaSeconds'];
      expect(Object.keys(line)).toEqual(line === lines.at(-1) ? [...keys, 'failures'] : keys);
    }
    const failure = { view: expect.stringMatching(/^\w{22}$/), message: expect.any(String) };
    expect(lines.at(-1)).toMatchObject({ state: 'SUCCEEDED', total: 12, embedded: 10, skipped: 0, failed: 2 });
    expect(lines.at(-1)?.failures).toEqual(
      expect.arrayContaining([
        { ...failure, code: 'MEDIA_MISSING' },
        { ...failure, code: 'MEDIA_UNSUPPORTED' },
      ]),
    );
  });

  test('tells failures as they come, and ends with 3', async () => {
    await rm(join(copy.media, 'health_images/all/os-bras.jpg'));
    const { code, stdout, stderr } = await embed();
    expect(code).toBe(3);
    expect(stdout).toBe('emb_new: 11 embedded, 0 had a vector, 1 failed, of 12 views.\n');
    expect(stderr).toMatch(/^image \w{22}: MEDIA_MISSING: [^\n]*os-bras\.jpg[^\n]*\n$/);
  });

  test('takes a function, options, a view, a limit, and all over again', async () => {
    const args = ['--function', 'open-clip', '--option', 'name=free-batch', '--option', 'pretrained=random'];
    const first = await embed(...args, '--view', 'image', '--limit', '5', '--json');
    expect(snapshots(first).at(-1)).toMatchObject({ total: 5, embedded: 5 });
    const again = await embed('--limit', '7', '--recompute', '--json');
    expect(snapshots(again).at(-1)).toMatchObject({ total: 7, embedded: 7, skipped: 0 });
    expect(await rowCount()).toBe(7);
  });

  test.each(['--json', '--recompute'])('tells in one line why a job failed that could not: %s', async (flag) => {
    await embed('--limit', '2');
    const transactions = join(copy.path, 'health_images/db/emb_new.lance/_transactions');
    await rm(transactions, { recursive: true });
    await writeFile(transactions, 'no folder');
    const { code, stderr } = await embed(flag);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^viewfinder: [^\n]*(File exists|Not a directory)[^\n]*\n$/);
  });

  test('ends with 1 where the model cannot be loaded, and makes no table', async () => {
    const broken = join(copy.modelFolder, 'ViT-B-32__laion2b_s34b_b79k');
    await rm(broken);
    await cp(join(FIXTURES, 'models/pixano-tiny-clip'), broken, { recursive: true });
    await writeFile(join(broken, 'visual/model.onnx'), 'no model');
    const { code, stdout, stderr } = await embed();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
    expect(await (await openDataset(copy)).findEmbeddingTable('emb_new')).toBeNull();
  });
});
