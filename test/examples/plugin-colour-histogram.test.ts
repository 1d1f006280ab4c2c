import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { flagsOf, run } from '../cli/run.ts';
import { copyOfLibrary } from '../library.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/plugin-colour-histogram');

/** Node and a hundred loads of a model. */
const TEST_MS = 120_000;

test('the example passes its own tests where it is installed', { timeout: TEST_MS }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-example-'));
  try {
    await cp(EXAMPLE, folder, { recursive: true });
    const modules = join(folder, 'node_modules');
    await mkdir(modules);
    await symlink(ROOT, join(modules, 'viewfinder'), 'junction');
    for (const name of ['sharp', 'zod'])
      await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
    const { stdout } = await promisify(execFile)(process.execPath, ['--test'], { cwd: folder });
    expect(stdout).toMatch(/pass \d\d\n.*fail 0\n/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the example is listed by its path, embeds a dataset, and finds pictures by a colour', async () => {
  await using copy = await copyOfLibrary('items');
  const config = join(copy.temporary, 'config.json');
  await writeFile(config, JSON.stringify({ plugins: [join(EXAMPLE, 'index.js')] }));
  const flags = [...flagsOf(copy), '--config', config];
  const table = ['--table', 'emb_colour'];
  const embedded = await run(['embed', 'health_images', ...table, '--function', 'colour-histogram', ...flags]);
  expect(embedded).toMatchObject({ code: 0, stdout: expect.stringContaining('12 embedded') });
  const search = async (text: string) => run(['search', 'health_images', text, ...table, '--json', ...flags]);
  const { stdout } = await search('red');
  const [first] = JSON.parse(stdout).results;
  expect(first.attributes).toMatchObject({ image_type: expect.stringMatching(/peau|micro/) });
  expect(await search('a cat')).toMatchObject({ code: 2, stderr: expect.stringContaining('“a cat” names no colour') });
});
