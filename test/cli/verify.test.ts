import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOUCHY } from '../core/tutorial.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, type Outcome, run, start } from './run.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
});
afterEach(() => copy[Symbol.asyncDispose]());

function verify(...args: string[]): Promise<Outcome> {
  return run(['verify', 'health_images', '--table', 'emb_tiny', ...args, ...flagsOf(copy)]);
}

async function replacePicture(): Promise<void> {
  const folder = join(copy.media, 'health_images/all');
  await writeFile(join(folder, 'os-bras.jpg'), await readFile(join(folder, 'microscope-peau.jpg')));
}

describe('verify', () => {
  test('says that a table is right, and ends with 0', async () => {
    expect(await verify()).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^emb_tiny: ok\. 12 vectors read, 12 computed anew; worst distance \d\.\de-\d+ \(tolerance 0\.0003\)\.\n$/,
      ),
      stderr: '',
    });
    const { code, stdout } = await verify('--json', '--sample', '3', '--seed', '5', '--tolerance', '1e-6');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      sampled: 3,
      worstDistance: expect.closeTo(0, 9),
      ok: true,
      tolerance: 1e-6,
      rows: 12,
      findings: [],
      sample: Array.from({ length: 3 }, () => ({
        id: expect.any(String),
        position: expect.any(Number),
        view: { table: 'image', id: expect.any(String) },
        distance: expect.any(Number),
        reason: null,
      })),
    });
  });

  test('says what is wrong, where and what to do, ends with 1, and `datasets` shows it', async () => {
    await replacePicture();
    const { code, stdout, stderr } = await verify();
    expect([code, stderr]).toEqual([1, '']);
    const [head, finding, empty, columns, row, ...rest] = stdout.split('\n');
    expect(head).toMatch(/^emb_tiny: not ok\. 12 vectors read, 12 computed anew; worst distance \d/);
    expect(finding).toMatch(/^REPLACED_VIEWS: 1 of 12 .*recompute/);
    expect([empty, columns, rest]).toEqual(['', expect.stringMatching(/^row +view +distance$/), ['']]);
    expect(row).toMatch(/^ *\d+ +\w{22} +\d\.\d+$/);
    const json = await verify('--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      sampled: 12,
      findings: [{ code: 'REPLACED_VIEWS', count: 1, message: expect.any(String) }],
    });
    const datasets = await run(['datasets', ...flagsOf(copy)]);
    expect(datasets.stdout).toContain('emb_tiny (stale)');
  });

  test('keeps what it finds in the folder of --state, and says so where it cannot', async () => {
    const state = join(copy.temporary, 'state');
    await replacePicture();
    expect(await verify('--state', state)).toMatchObject({ code: 1, stderr: '' });
    const datasets = (...args: string[]) => run(['datasets', ...args, ...flagsOf(copy)]);
    expect((await datasets('--state', state)).stdout).toContain('emb_tiny (stale)');
    expect((await datasets()).stdout).toContain('emb_tiny (ready)');
    await rm(state, { recursive: true });
    await writeFile(state, '');
    const { code, stdout, stderr } = await verify('--state', state);
    expect(code).toBe(1);
    expect(stdout).toContain('REPLACED_VIEWS');
    expect(stderr).toMatch(/^viewfinder: not kept: [^\n]*--state DIR\.\n$/);
  });

  test.each<[string, string[], string]>([
    ['an unknown table', ['--table', 'emb_none'], 'no embedding table "emb_none"'],
    ['an empty sample', ['--sample', '0'], 'a whole number from 1 to 1000'],
    ['a tolerance that is none', ['--tolerance', '3'], 'a number from 0 to 2'],
  ])('refuses %s with 2', async (_, args, message) => {
    const { code, stdout, stderr } = await verify(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  test('ends with 130 where it is interrupted, and keeps nothing', async () => {
    await writeFile(join(copy.temporary, 'config.json'), JSON.stringify({ plugins: [TOUCHY] }));
    const flags = ['--table', 'emb_slow', '--config', join(copy.temporary, 'config.json'), ...flagsOf(copy)];
    const slow = ['--function', 'touchy', '--option', 'imageMs=200'];
    expect(await run(['embed', 'health_images', ...slow, ...flags])).toMatchObject({ code: 0 });
    const begun = join(copy.temporary, 'begun');
    await writeFile(join(copy.media, 'health_images/all/os-bras.jpg'), `crash once ${begun}`);
    const command = start(['verify', 'health_images', ...flags]);
    while (!existsSync(begun)) await delay(20);
    command.process.kill('SIGINT');
    expect(await command.outcome).toEqual({
      code: 130,
      stdout: '',
      stderr: 'viewfinder: interrupted; nothing was verified.\n',
    });
  });
});
