import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset } from '../library.ts';
import { run } from './run.ts';
import { slowLibrary } from './slow-library.ts';

/** Few systems let anyone mount a file system; where this one does not, there is no small disk. */
function mounted(kilobytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'viewfinder-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return null;
  }
}

const disk = mounted(2048);

test.skipIf(disk === null)(
  'embed on a disk that is full says so, and goes on once there is room',
  async ({ onTestFinished }) => {
    const folder = disk ?? expect.fail();
    onTestFinished(() => {
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    });
    await using library = await slowLibrary(400, 50);
    const path = join(folder, 'library');
    mkdirSync(path);
    await cp(library.path, path, { recursive: true });
    // 400 vectors of 2048 numbers take more than 3 MB.
    const wide = ['--option', 'dimensions=2048', '--option', 'located=2048'];
    const embed = [...library.embed, ...wide, '--library', path, '--state', join(library.temporary, 'state'), '--json'];

    const full = await run(embed);
    expect(full.stderr).toMatch(
      /\nviewfinder: The disk is full: the table "emb" cannot be written to\. Make room[^\n]+\n$/,
    );
    expect(full.code).toBe(1);
    const { state, embedded, failed } = JSON.parse(full.stdout.trimEnd().split('\n').at(-1) ?? '');
    expect({ state, failed }).toEqual({ state: 'FAILED', failed: 0 });
    expect(embedded).toBeGreaterThan(0);
    const rows = async () => (await (await openDataset({ ...library, path })).embeddingTable('emb')).rowCount();
    expect(await rows()).toBe(embedded);

    execFileSync('mount', ['-o', 'remount,size=64m', folder]);
    const rest = await run(embed);
    expect([rest.code, rest.stderr]).toEqual([0, '']);
    expect(JSON.parse(rest.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      state: 'SUCCEEDED',
      embedded: 400 - embedded,
      skipped: embedded,
    });
    expect(await rows()).toBe(400);
  },
);
