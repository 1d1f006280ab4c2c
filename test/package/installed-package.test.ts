import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIXTURES } from '../library.ts';
import { installPackage } from './installed.ts';

/** npm fetches hundreds of packages. */
const INSTALL_MS = 600_000;
const TEST_MS = 120_000;

const run = promisify(execFile);
let installed: Awaited<ReturnType<typeof installPackage>>;
let library: string[];

beforeAll(async () => {
  installed = await installPackage();
  const { folder } = installed;
  await cp(fileURLToPath(new URL('fixtures', import.meta.url)), folder, { recursive: true });
  await cp(join(FIXTURES, 'items'), join(folder, 'data'), { recursive: true });
  await writeFile(join(folder, 'viewfinder.config.json'), '{"plugins": ["./redness.js"]}');
  library = ['--library', join(folder, 'data/pixano_library'), '--media', join(folder, 'data/assets')];
}, INSTALL_MS);
afterAll(() => installed?.[Symbol.asyncDispose](), INSTALL_MS);

async function viewfinder(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [await command(), ...args], { cwd: installed.folder });
  return stdout;
}

/** The file of the command `viewfinder`. */
async function command(): Promise<string> {
  const root = join(installed.folder, 'node_modules/viewfinder');
  const { bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return join(root, bin.viewfinder);
}

describe('the package, installed in an empty folder', { timeout: TEST_MS }, () => {
  test('lists a plugin that is written there', async () => {
    const plugins = JSON.parse(await viewfinder('plugins', '--json'));
    expect(plugins).toContainEqual(expect.objectContaining({ name: 'redness', available: true }));
    expect(plugins).toContainEqual(expect.objectContaining({ name: 'open-clip', available: true }));
  });

  test('embeds and searches with it', async () => {
    const lines = await viewfinder(
      'embed',
      'health_images',
      '--table',
      'emb_red',
      '--function',
      'redness',
      '--json',
      ...library,
    );
    expect(JSON.parse(lines.trim().split('\n').at(-1) ?? '')).toMatchObject({ embedded: 12, failed: 0 });
    const { results } = JSON.parse(
      await viewfinder('search', 'health_images', 'red', '--table', 'emb_red', '--json', ...library),
    );
    expect(results).toHaveLength(5);
  });

  test('embeds and searches with its bundled model, whose threads and native libraries it finds', async () => {
    const models = ['--models', join(installed.folder, 'node_modules/viewfinder/models')];
    const options = ['--option', 'name=demo-clip', '--option', 'pretrained='];
    const lines = await viewfinder(
      'embed',
      'health_images',
      '--table',
      'emb_demo',
      ...options,
      '--json',
      ...models,
      ...library,
    );
    expect(JSON.parse(lines.trim().split('\n').at(-1) ?? '')).toMatchObject({ embedded: 12, failed: 0 });
    const found = await viewfinder(
      'search',
      'health_images',
      'a cat',
      '--table',
      'emb_demo',
      '--json',
      ...models,
      ...library,
    );
    expect(JSON.parse(found).results).toHaveLength(5);
  });

  test('serves, and answers its own client', async () => {
    const cwd = installed.folder;
    const args = [await command(), 'serve', '--port', '0', ...library];
    const service = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = await once(createInterface(service.stdout), 'line');
    const url = line.replace('Viewfinder is ready at ', '');
    const { stdout } = await run(process.execPath, ['client.js', url], { cwd });
    expect(stdout.trim().split('\n')).toHaveLength(3);
    service.kill();
    await once(service, 'close');
  });

  test('holds it to the contract, with the test runner of Node', async () => {
    const { stdout } = await run(process.execPath, ['--test', 'redness.test.js'], { cwd: installed.folder });
    expect(stdout).toMatch(/fail 0\n/);
  });

  test('has declarations against which a plugin and a client in TypeScript type-check', async () => {
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2024',
      lib: ['esnext', 'dom'],
      types: [],
      noEmit: true,
      skipLibCheck: true,
    };
    await writeFile(
      join(installed.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['typed.ts', 'typed-client.ts'] }),
    );
    const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
    const checked = await run(process.execPath, [join(typescript, 'bin/tsc'), '--project', installed.folder]).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(checked.stdout).toBe('');
  });
});
