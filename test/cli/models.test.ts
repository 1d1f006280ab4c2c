import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyOfLibrary, FIXTURES } from '../library.ts';
import { type FakeHub, filesOf, startHub } from '../plugins/model-hub/fake-hub.ts';
import { flagsOf, run, start } from './run.ts';

const NAME = 'ViT-B-32__laion2b_s34b_b79k';
const REPOSITORY = 'immich-app/ViT-B-32__laion2b-s34b-b79k';

let hub: FakeHub;
let folder: string;
let files: Record<string, Buffer>;
beforeEach(async () => {
  hub = await startHub();
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-models-'));
  files = await filesOf(join(FIXTURES, 'models/pixano-tiny-clip'));
});
afterEach(async () => {
  for (const name of ['HF_ENDPOINT', 'HF_TOKEN', 'HTTP_PROXY']) delete process.env[name];
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const pull = (...more: string[]) => ['models', 'pull', NAME, '--models', folder, ...more];

test('models pull fetches a model that embed then uses', async () => {
  hub.publish(REPOSITORY, files);
  await using copy = await copyOfLibrary('items');
  const embed = ['embed', 'health_images', '--table', 'emb_new', ...flagsOf(copy), '--models', folder];
  const missing = await run(embed);
  expect(missing.code).not.toBe(0);
  expect(missing.stderr).toContain(join(folder, NAME));
  expect((await run(pull('--hub', hub.url))).code).toBe(0);
  const embedded = await run(embed);
  expect([embedded.code, embedded.stderr]).toEqual([0, '']);
});

test('models list shows what models pull has fetched, and where', async () => {
  const commit = hub.publish(REPOSITORY, files);
  const fetched = await run(pull('--hub', hub.url));
  expect(fetched).toEqual({
    code: 0,
    stdout: `${NAME} is in ${join(folder, NAME)}: 6 files, 8.3 MB, of ${REPOSITORY} at ${commit}.\n`,
    stderr: '',
  });
  const listed = await run(['models', 'list', '--json', '--models', folder]);
  expect(JSON.parse(listed.stdout)).toEqual([
    { name: NAME, plugin: 'open-clip', installed: true, dimensions: 512, folder: join(folder, NAME) },
  ]);
  const table = await run(['models', 'list', '--models', folder]);
  expect(table.stdout).toMatch(/^model +plugin +dimensions +where\nViT-B-32__\S+ +open-clip +512 +\/\S+\n$/);
  const again = await run(pull('--hub', hub.url));
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/ is already in /)]);
});

test('Ctrl-C leaves what is there, and the same command goes on', async () => {
  hub.publish(REPOSITORY, files);
  hub.trouble.pauseMs = 30;
  const command = start(pull('--hub', hub.url));
  await expect.poll(() => hub.askedOfCdn.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  command.process.kill('SIGINT');
  const { code, stdout, stderr } = await command.outcome;
  expect([code, stdout, stderr]).toEqual([130, '', 'viewfinder: interrupted; the same command goes on from here.\n']);
  expect(await readdir(folder)).toEqual(['.unfinished']);
  hub.trouble.pauseMs = 0;
  expect((await run(pull('--hub', hub.url))).code).toBe(0);
  expect(hub.askedOfCdn.some(({ headers }) => headers.range !== undefined)).toBe(true);
  expect(await readdir(folder)).toEqual([NAME]);
});

describe('the hub is', () => {
  beforeEach(() => {
    hub.publish(REPOSITORY, files);
  });

  test('the one of the configuration', async () => {
    const config = join(folder, 'viewfinder.config.json');
    await writeFile(config, JSON.stringify({ modelHub: hub.url, models: 'fetched' }));
    expect((await run(['models', 'pull', NAME, '--config', config])).code).toBe(0);
    expect(await readdir(join(folder, 'fetched'))).toEqual([NAME]);
  });

  test('that of HF_ENDPOINT, which gets the token of HF_TOKEN and shows it to nobody', async () => {
    Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_secret' });
    hub.trouble.token = 'hf_other';
    const refused = await run(pull());
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^viewfinder: .*HF_TOKEN.*\n$/);
    hub.trouble.token = 'hf_secret';
    const fetched = await run(pull());
    expect(fetched.code).toBe(0);
    expect(JSON.stringify([refused, fetched, await filesOf(folder)])).not.toContain('hf_secret');
  });

  test('asked through a proxy', async () => {
    const seen: string[] = [];
    const { port } = new URL(hub.url);
    const proxy = createServer((asked, answer) => {
      const url = new URL(asked.url ?? '', hub.url);
      seen.push(url.host);
      const { pathname, search } = url;
      const host = url.hostname === 'hub.test' ? port : url.port;
      request({ port: host, path: pathname + search, headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      }).end();
    });
    proxy.on('connect', (asked, socket) => {
      seen.push(asked.url ?? '');
      const tunnel = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy());
      socket.on('error', () => tunnel.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { code } = await run(pull('--hub', 'http://hub.test'));
    proxy.closeAllConnections();
    proxy.close();
    expect(code).toBe(0);
    expect(seen.every((host) => host.startsWith('hub.test'))).toBe(true);
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe('what cannot be done is a line', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a name that nothing can have', ['../x'], 2, /"\.\.\/x" can be no model/],
    ['a model that there is not', ['no__such'], 2, /has no immich-app\/no__such/],
    ['a dtype that there is not', [NAME, '--dtype', 'fp8'], 2, /Allowed choices are fp32/],
    [
      'a hub that is none',
      [NAME, '--hub', 'ftp://x'],
      2,
      /--hub must be an http or https address, and not "ftp:\/\/x"/,
    ],
    ['a hub with a query', [NAME, '--hub', 'http://localhost/?a=b'], 2, /--hub must be an http or https address/],
  ])('%s', async (_what, args, exit, message) => {
    process.env.HF_ENDPOINT = hub.url;
    const { code, stdout, stderr } = await run(['models', 'pull', ...args, '--models', folder]);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(/^viewfinder: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  test('a file where the folder of models is to be', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, stderr } = await run(['models', 'pull', NAME, '--hub', hub.url, '--models', file]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^viewfinder: \S+file cannot be made a folder of models: /),
    ]);
  });

  test('a wrong checksum', async () => {
    hub.publish(REPOSITORY, files);
    hub.trouble.content = Buffer.alloc(3_284_402);
    const { code, stderr } = await run(pull('--hub', hub.url));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^viewfinder: [^\n]+ is not what the hub lists: [^\n]+\n$/);
  });

  test('a disk without room', async ({ skip, onTestFinished }) => {
    const disk = mkdtempSync(join(tmpdir(), 'viewfinder-disk-'));
    onTestFinished(() => rmdirSync(disk));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2048k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('no file system can be mounted here');
    }
    onTestFinished(() => void execFileSync('umount', [disk]));
    hub.publish(REPOSITORY, files);
    mkdirSync(join(disk, 'models'));
    const { code, stderr } = await run(['models', 'pull', NAME, '--hub', hub.url, '--models', join(disk, 'models')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^viewfinder: The disk of \S+ has no room: 9 MB are to come, \d MB are free\..*\n$/);
  });
});
