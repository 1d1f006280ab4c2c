import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { run } from './run.ts';

const COMMON = ['--models <dir>', '--config <file>'];
const LIBRARY = [
  ...COMMON,
  '--library <dir>',
  '--media <dir>',
  '--state <dir>',
  '--allow-media-host <host>',
  '--busy-timeout <seconds>',
];

test.concurrent.each<[string, string[]]>([
  ['serve', [...LIBRARY, '--host <address>', '--port <n>', '--insecure', '--allow-host', '--allow-origin']],
  ['datasets', [...LIBRARY, '--json']],
  ['embed', [...LIBRARY, '--table', '--function', '--option', '--view', '--limit', '--recompute', '--json', '130']],
  [
    'search',
    [...LIBRARY, '--table', '--image', '--limit', '--skip', '--filter', '--exact', '--explain', '--json', '[text]'],
  ],
  ['import', [...LIBRARY, '<src>', '--name', '--layout', '--by-uri', 'metadata.jsonl', '130']],
  ['verify', [...LIBRARY, '--table', '--sample', '--tolerance', '--seed', '--json', '130']],
  ['plugins', [...COMMON, '--json']],
  ['models list', [...COMMON, '--json']],
  ['models pull', [...COMMON, '<name>', '--hub <url>', '--dtype <type>', 'HF_TOKEN', 'HTTPS_PROXY', '130']],
])('%s --help names its flags', async (command, flags) => {
  const { code, stdout, stderr } = await run([...command.split(' '), '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`^Usage: viewfinder ${command} `));
  for (const flag of flags) expect(stdout).toContain(flag);
});

test('embed --help says what the name "embeddings" means', async () => {
  expect((await run(['embed', '--help'])).stdout).toMatch(/"embeddings"[\s\S]+one vector a record[\s\S]+Pixano 0\.8/);
});

test('--help names the commands, and --version the version', async () => {
  const { code, stdout } = await run(['--help']);
  expect(code).toBe(0);
  for (const command of ['serve', 'import', 'datasets', 'embed', 'search', 'verify', 'plugins', 'models'])
    expect(stdout).toContain(`\n  ${command} `);
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});
