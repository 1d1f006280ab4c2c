/**
 * Makes of the sources what is published, for Node runs no TypeScript below node_modules: JavaScript and declarations
 * in dist/, and a package.json whose `exports` and `bin` lead there. With `--restore` package.json is what it was.
 *
 * npm runs both around `npm pack` and `npm publish`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MANIFEST = join(ROOT, 'package.json');
const KEPT = join(ROOT, '.package.source.json');

// A pack that was cut off has left it.
if (existsSync(KEPT)) await rename(KEPT, MANIFEST);
if (!process.argv.includes('--restore')) await make();

async function make(): Promise<void> {
  await rm(join(ROOT, 'dist'), { recursive: true, force: true });
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  for (const project of ['tsconfig.package.json', 'tsconfig.declarations.json']) {
    execFileSync(process.execPath, [tsc, '--project', join(ROOT, project)], { stdio: 'inherit' });
  }
  // The licences and what is read at run time: all that is no source.
  await cp(join(ROOT, 'src'), join(ROOT, 'dist'), {
    recursive: true,
    filter: (path) => !['.ts', '.json'].includes(extname(path)),
  });
  const source = await readFile(MANIFEST, 'utf8');
  const { exports, bin, ...rest } = JSON.parse(source);
  await writeFile(KEPT, source);
  const published = { ...rest, exports: mapped(exports, entryOf), bin: mapped(bin, (file) => emitted(file, '.js')) };
  await writeFile(MANIFEST, `${JSON.stringify(published, null, 2)}\n`);
}

function mapped<Value>(files: Record<string, string>, value: (file: string) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, value(file)]));
}

function entryOf(file: string) {
  return { types: emitted(file, '.d.ts'), default: emitted(file, '.js') };
}

function emitted(file: string, ending: string): string {
  return file.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, ending);
}
