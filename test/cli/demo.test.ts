import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, start } from './run.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const demo = (...args: string[]) => ['demo', '--folder', folder, ...args];

/** Every file of the demo's folder with a digest of its bytes. */
/** Of every file, but of those in which it is written what has been done. */
async function contents(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const kept = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.viewfinder'));
  const files = kept.map((entry) => join(entry.parentPath, entry.name));
  const digests = files.sort().map(async (file): Promise<[string, string]> => {
    return [
      file,
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ];
  });
  return Object.fromEntries(await Promise.all(digests));
}

test('a demo that was killed goes on where it was', { timeout: 60_000 }, async () => {
  const first = start(demo('--no-serve'));
  const pictures = join(folder, 'media', 'drawn_scenes');
  const drawn = () => readdir(pictures).catch(() => []);
  while ((await drawn()).length < 50) await delay(20);
  first.process.kill('SIGKILL');
  await first.outcome;
  const before = await drawn();
  expect(before.length).toBeLessThan(336);

  const { code, stdout, stderr } = await run(demo('--no-serve'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('336 embedded, 0 had a vector, 0 failed, of 336 views');
  expect((await drawn()).filter((name) => !name.endsWith('.part'))).toHaveLength(336);
});

test('it answers its example with what the query says', async () => {
  const { stdout } = await run(demo('--no-serve'));
  const [, best = ''] = /^1 (.*)$/m.exec(stdout) ?? [];
  expect(best).toMatch(/ cat .* beach /);
});

test('a second run leaves the library as it is, and serves it', { timeout: 60_000 }, async () => {
  const before = await contents();
  const second = start(demo('--port', '0'));
  while (!(await second.line()).startsWith('Viewfinder is ready at ')) {}
  second.process.kill('SIGTERM');
  const { code, stdout } = await second.outcome;
  expect(code).toBe(0);
  expect(stdout).toContain('0 embedded, 336 had a vector, 0 failed, of 336 views');
  expect(await contents()).toEqual(before);
});
