import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { configReport } from '../../src/cli/config-report.ts';
import { SETTINGS } from '../../src/cli/setting.ts';
import { run } from './run.ts';

let folder: string;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-'));
  config = join(folder, 'config.json');
  const settings = {
    library: 'library',
    keepJobs: 10,
    threads: 3,
    timeLimits: { load: 11 },
    mediaHosts: ['file.test'],
  };
  await writeFile(config, JSON.stringify(settings));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a setting is that', () => {
  test('of its flag, else of the environment, else of the file, else the default', async () => {
    const environment = { VIEWFINDER_KEEP_JOBS: '20', VIEWFINDER_TIME_LIMITS_CALL: '12', VIEWFINDER_BATCH: '' };
    const flags = { config, environment, set: ['keepJobs=30', 'timeLimits.call=13'] };
    expect((await readConfig({ ...flags, set: [] })).config).toMatchObject({ keepJobs: 20, threads: 3 });
    expect((await readConfig(flags)).config).toMatchObject({
      keepJobs: 30,
      threads: 3,
      timeLimits: { load: 11, call: 13 },
      unloadAfter: 30,
    });
  });

  test('of its own flag, as commander gives it', async () => {
    const flags = { busyTimeout: '5', allowHost: ['a.test', 'b.test'], allowMediaHost: ['c.test'], resume: false };
    const { config } = await readConfig({ ...flags, environment: {} });
    expect(config).toMatchObject({
      busyTimeout: 5,
      allowHosts: ['a.test', 'b.test'],
      mediaHosts: ['c.test'],
      resumeJobs: false,
    });
    expect((await readConfig({ ...{ resume: true }, environment: {} })).config.resumeJobs).toBe(true);
  });

  test('of a list with commas, or of JSON', async () => {
    const environment = {
      VIEWFINDER_ALLOW_HOSTS: 'a.test, b.test',
      VIEWFINDER_ALLOW_ORIGINS: '["http://a.test"]',
      VIEWFINDER_RESUME_JOBS: 'false',
      VIEWFINDER_MODEL_IDS: '{"x": {"function": "open-clip"}}',
    };
    expect((await readConfig({ environment })).config).toMatchObject({
      allowHosts: ['a.test', 'b.test'],
      allowOrigins: ['http://a.test'],
      resumeJobs: false,
      modelIds: { x: { embeddingFunction: 'open-clip', options: {} } },
    });
  });

  test('which is refused without the password of an address in it', async () => {
    const environment = { HF_ENDPOINT: 'https://me:secret@mirror.test' };
    await expect(readConfig({ environment })).rejects.toThrow(
      'HF_ENDPOINT must be an http or https address, and not "https://…@mirror.test". It may not name a user.',
    );
  });

  test('of the variable that other programs know', async () => {
    const environment = { HF_ENDPOINT: 'https://mirror.test' };
    expect((await readConfig({ environment })).config.modelHub).toBe('https://mirror.test');
    const both = { ...environment, VIEWFINDER_MODEL_HUB: 'https://ours.test' };
    expect((await readConfig({ environment: both })).config.modelHub).toBe('https://ours.test');
  });
});

test('folders are relative to the file that names them, else to the working folder', async () => {
  expect((await readConfig({ config, environment: {} })).config.library).toBe(join(folder, 'library'));
  const environment = { VIEWFINDER_CONFIG: config, VIEWFINDER_LIBRARY: 'library' };
  expect((await readConfig({ environment })).config).toMatchObject({ library: resolve('library'), keepJobs: 10 });
});

describe('a refusal names the setting, where it is given, and what is allowed:', () => {
  const shown = (flags: object, environment = {}) => readConfig({ ...flags, environment });

  test.each<[string, object, Record<string, string>, string]>([
    ['a flag', { port: 'x' }, {}, '--port must be a whole number from 0 to 65535, and not "x".'],
    [
      'a variable',
      {},
      { VIEWFINDER_DEVICE: 'gpu' },
      'VIEWFINDER_DEVICE must be one of auto, cpu, cuda, and not "gpu".',
    ],
    ['--set', { set: ['resumeJobs=maybe'] }, {}, '--set resumeJobs must be true or false, and not "maybe".'],
    ['--set without a value', { set: ['port'] }, {}, '--set port is not of the form key=value'],
    ['--set of what is none', { set: ['prot=1'] }, {}, '--set prot is no setting; there are: library, '],
    ['--set of a group', { set: ['timeLimits=1'] }, {}, '--set timeLimits is no setting'],
    ['a variable that is none', {}, { VIEWFINDER_PROT: '1' }, 'VIEWFINDER_PROT is no setting; there are: VIEWFINDER_'],
    [
      'an object',
      { set: ['modelServers=[{"function": "f", "url": "ftp://x"}]'] },
      {},
      '--set modelServers is wrong at 0.url: ',
    ],
    ['a hub with a user', { hub: 'https://me:word@hub.test' }, {}, '--hub must be an http or https address'],
  ])('%s', async (_what, flags, environment, message) => {
    await expect(shown(flags, environment)).rejects.toThrow(message);
  });

  test('in a group of a file', async () => {
    const wrong = join(folder, 'wrong.json');
    await writeFile(wrong, '{"timeLimits": {"lode": 1}}');
    await expect(shown({ config: wrong })).rejects.toThrow(
      `timeLimits.lode in ${wrong} is no setting; there are: load, call.`,
    );
    await writeFile(wrong, '{"timeLimits": 5}');
    await expect(shown({ config: wrong })).rejects.toThrow(`timeLimits in ${wrong} must be an object.`);
  });
});

describe('serve --print-config', () => {
  test('says what each setting is and where it is from, and serves nothing', async () => {
    const flags = ['serve', '--print-config', '--config', config, '--port', '4001', '--set', 'keepThumbnailsMb=0.5'];
    const { code, stdout, stderr } = await run(flags, folder);
    expect([code, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual(SETTINGS.map(({ key }) => key));
    expect(report).toMatchObject({
      library: { value: join(folder, 'library'), source: 'file', from: `library in ${config}` },
      port: { value: 4001, source: 'flag', from: '--port' },
      keepThumbnailsMb: { value: 0.5, source: 'flag', from: '--set keepThumbnailsMb' },
      'timeLimits.load': { value: 11, source: 'file' },
      'timeLimits.call': { value: 120, source: 'default', from: null },
      batch: { value: null, source: 'default' },
    });
  });

  test('takes the environment', async () => {
    const report = JSON.parse(configReport(await readConfig({ environment: { VIEWFINDER_PORT: '5' } })));
    expect(report.port).toEqual({ value: 5, source: 'environment', from: 'VIEWFINDER_PORT' });
  });
});

test('every setting has a description of its own, and a name in each place', () => {
  for (const name of ['key', 'variable', 'description', 'flag'] as const) {
    const names = SETTINGS.map((setting) => setting[name]).filter((each) => each !== undefined);
    expect(new Set(names).size, name).toBe(names.length);
  }
});
