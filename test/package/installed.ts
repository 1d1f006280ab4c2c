import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What of a checkout the package is made from. */
const SOURCES = ['src', 'tools', 'models/demo-clip', 'LICENSE', 'README.md', 'package.json', 'tsconfig.json'];
const PROJECTS = ['tsconfig.package.json', 'tsconfig.declarations.json'];
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** A folder that holds nothing but the package, as `npm pack` makes it, and what it depends on. */
export async function installPackage(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const temporary = await mkdtemp(join(tmpdir(), 'viewfinder-package-'));
  const folder = join(temporary, 'guest');
  await mkdir(folder);
  const tarball = await pack(join(temporary, 'checkout'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  try {
    await npm(['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball], folder);
  } catch (error) {
    if (!UNREACHABLE.test(String(error))) throw error;
    await link(tarball, join(folder, 'node_modules'));
  }
  return { folder, [Symbol.asyncDispose]: () => rm(temporary, { recursive: true, force: true }) };
}

/** In a copy, for `prepack` changes package.json until the package is made. */
async function pack(checkout: string): Promise<string> {
  for (const path of [...SOURCES, ...PROJECTS]) {
    await cp(join(ROOT, path), join(checkout, path), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  await npm(['pack', '--silent'], checkout);
  const tarball = (await readdir(checkout)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack has made no package.');
  return join(checkout, tarball);
}

/** Where the registry cannot be reached: the package, beside the dependencies of the checkout. */
async function link(tarball: string, modules: string): Promise<void> {
  const target = join(modules, 'viewfinder');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== 'viewfinder') await symlink(join(ROOT, 'node_modules', name), join(modules, name), 'junction');
  }
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  await run('npm', [...args], { cwd, shell: process.platform === 'win32', maxBuffer: 2 ** 24 });
}
