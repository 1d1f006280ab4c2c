import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, type RunningCommand, run, start } from './run.ts';

const SECRET = 'a-secret-of-many-characters';

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

/** Starts `serve` with variables of its own, which other processes of the test do not have. */
function serve(flags: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningCommand {
  return start(['serve', '--port', '0', ...flagsOf(copy), ...flags], undefined, environment);
}

async function statusOf(url: string, token?: string): Promise<number> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}?query={__typename}`, { headers });
  await response.body?.cancel();
  return response.status;
}

async function ready(command: RunningCommand): Promise<string> {
  return (await command.line()).replace('Viewfinder is ready at ', '').replace('0.0.0.0', '127.0.0.1');
}

describe('serve beyond this machine', () => {
  test.each(['0.0.0.0', '::', '::ffff:127.0.0.1', 'some-name.invalid', '192.0.2.1'])(
    'refuses %s without a word of who may come',
    async (host) => {
      const { code, stdout, stderr } = await serve(['--host', host]).outcome;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      for (const way of [host, 'VIEWFINDER_TOKENS', '--token', '--insecure']) expect(stderr).toContain(way);
    },
  );

  test.each<[string, string[], Record<string, string>, string]>([
    ['too short', ['--host', '0.0.0.0', '--token', 'compute:fifteen-letters'], {}, 'fewer than 16'],
    ['of no scope', ['--host', '0.0.0.0', '--token', `write:${SECRET}`], {}, 'read, compute, admin'],
    ['given twice', ['--token', SECRET, '--token', `read:${SECRET}`], {}, 'twice'],
    ['nothing but commas', [], { VIEWFINDER_TOKENS: ',' }, 'VIEWFINDER_TOKENS'],
  ])('refuses a token that is %s, and does not show it', async (_what, flags, environment, message) => {
    const { code, stderr } = await serve(flags, environment).outcome;
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/fifteen|a-secret/);
  });

  test.each<[string, string[], Record<string, string>]>([
    ['a flag', ['--token', `read:${SECRET}`, '--token', 'compute:another-one-0123456789'], {}],
    ['the environment', [], { VIEWFINDER_TOKENS: `read:${SECRET}, compute:another-one-0123456789` }],
  ])('starts with tokens of %s, and lets in who has one', async (_what, flags, environment) => {
    const command = serve(['--host', '0.0.0.0', ...flags], environment);
    const url = await ready(command);
    for (const token of [SECRET, 'another-one-0123456789']) expect(await statusOf(url, token)).toBe(200);
    for (const token of [undefined, 'wrong', `read:${SECRET}`]) expect(await statusOf(url, token)).toBe(401);
    if (process.platform === 'linux') {
      expect(await readFile(`/proc/${command.process.pid}/cmdline`, 'utf8')).not.toContain(SECRET);
    }
    command.process.kill('SIGTERM');
    const { code, stdout, stderr } = await command.outcome;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  test('starts without tokens where that is said to be wanted', async () => {
    const command = serve(['--host', '0.0.0.0', '--insecure']);
    expect(await statusOf(await ready(command))).toBe(200);
    command.process.kill('SIGTERM');
    expect((await command.outcome).code).toBe(0);
  });
});

test('on this machine tokens are wanted too, where there are any', async () => {
  const file = join(copy.temporary, 'config.json');
  await writeFile(file, JSON.stringify({ tokens: ['read:short'] }));
  const command = serve(['--host', '127.0.0.2', '--config', file]);
  const url = await ready(command);
  expect([await statusOf(url), await statusOf(url, 'short')]).toEqual([401, 200]);
  command.process.kill('SIGTERM');
  expect((await command.outcome).code).toBe(0);
});

test('--print-config says that there are tokens, and not which', async () => {
  const { stdout } = await run(['serve', '--print-config', '--token', SECRET]);
  expect(stdout).not.toContain(SECRET);
  expect(JSON.parse(stdout).tokens).toEqual({ value: '(secret)', source: 'flag', from: '--token' });
});

describe('a name or an origin that no request can have', () => {
  test.each<[string, string]>([
    ['allowOrigins', 'http://localhost:5173/'],
    ['allowOrigins', 'localhost:5173'],
    ['allowOrigins', '*'],
    ['allowOrigins', 'null'],
    ['allowOrigins', 'HTTP://LOCALHOST'],
    ['allowHosts', 'http://gallery.example'],
    ['allowHosts', 'gallery.example:80'],
    ['allowHosts', 'gallery.example:8080'],
    ['allowHosts', '*'],
    ['allowHosts', 'me@gallery.example'],
  ])('is refused for %s: %s', async (key, value) => {
    await expect(readConfig({ environment: {}, set: [`${key}=${value}`] })).rejects.toThrow(`--set ${key}`);
  });

  test('is told from one that it can', async () => {
    const set = ['allowHosts=Gallery.example,[::1],10.0.0.1', 'allowOrigins=https://a.example,http://[::1]:5173'];
    await expect(readConfig({ environment: {}, set })).resolves.toBeDefined();
  });
});
