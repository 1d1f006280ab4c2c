import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-browser-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the client needs nothing that a browser does not have', async () => {
  const compilerOptions = {
    strict: true,
    target: 'es2024',
    lib: ['es2024', 'dom'],
    types: [],
    module: 'preserve',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [ENTRY] }));
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const checked = await promisify(execFile)(process.execPath, [join(typescript, 'bin/tsc'), '--project', folder]).catch(
    (error: { readonly stdout: string }) => error,
  );
  expect(checked.stdout).toBe('');
});
