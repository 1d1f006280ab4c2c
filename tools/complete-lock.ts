/**
 * Completes package-lock.json after `npm install`. A registry that lacks a binary for a platform
 * other than this machine's makes npm leave it out of the lock, and `npm ci` on that platform then
 * fails. An entry with version, os and cpu is enough for it. With `--check` it only says what is
 * missing.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const entry = z.looseObject({
  dev: z.literal(true).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockFile = z.looseObject({ packages: z.record(z.string(), entry) });

const PLATFORMS: readonly { readonly os: string; readonly pattern: RegExp }[] = [
  { os: 'android', pattern: /android/ },
  { os: 'darwin', pattern: /darwin/ },
  { os: 'win32', pattern: /win32|-win-/ },
  { os: 'linux', pattern: /linux/ },
];

const path = new URL('../package-lock.json', import.meta.url);
const lock = lockFile.parse(JSON.parse(await readFile(path, 'utf8')));
const missing: string[] = [];
for (const [place, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const os = PLATFORMS.find(({ pattern }) => pattern.test(name))?.os;
    const cpu = /arm64|x64/.exec(name)?.[0];
    const known = [`${place}/node_modules/${name}`, `node_modules/${name}`].some((each) => each in lock.packages);
    if (known || os === undefined || cpu === undefined) continue;
    missing.push(`${name}@${version}`);
    const libc = /-musl$/.test(name) ? { libc: ['musl'] } : /-gnu$/.test(name) ? { libc: ['glibc'] } : {};
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(dev ? { dev } : {}),
      ...libc,
      optional: true,
      os: [os],
    };
  }
}
const check = process.argv.includes('--check');
if (missing.length > 0 && !check) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(
  missing.length === 0 ? 'The lock file is complete.' : `${check ? 'Missing' : 'Added'}: ${missing.join(', ')}.`,
);
if (check && missing.length > 0) process.exitCode = 1;
