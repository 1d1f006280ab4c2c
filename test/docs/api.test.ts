import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../server/running-server.ts';

const ROOT = new URL('../../', import.meta.url);
const EXAMPLE = new URL('examples/tutorial-client.ts', ROOT);

const run = promisify(execFile);
const text = await readFile(new URL('docs/api.md', ROOT), 'utf8');
/** The blocks of code, with the language that they name. */
const blocks = Array.from(text.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, language = '', code = '']) => ({
  language,
  code,
}));

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

/** The names of all that is in a value; of a list those of its first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]));
}

describe('docs/api.md', () => {
  test.skipIf(process.platform === 'win32')(
    'has commands that run one after the other, and the answers that they give',
    async () => {
      const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
      expect(commands.length).toBeGreaterThan(8);
      const script = commands.join('\necho "=== next"\n').replace('http://127.0.0.1:4000/graphql', server.url);
      const { stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: server.copy.temporary });
      expect(stderr).toBe('');
      const outputs = stdout.split('=== next\n');
      expect(outputs.join('')).not.toMatch(/"errors"|"code"/);
      for (const [index, { language, code }] of blocks.entries()) {
        if (language !== 'json') continue;
        const place = blocks.slice(0, index).filter((block) => block.language === 'sh').length - 1;
        expect(shapeOf(JSON.parse(outputs[place] ?? ''))).toEqual(shapeOf(JSON.parse(code)));
      }
      expect(stdout).toContain('"state":"SUCCEEDED","total":12,"embedded":12');
      expect(stdout).toMatch(/event: complete/);
      expect(JSON.parse(outputs.at(-1) ?? '').data.dataset.search.edges[0].distance).toBeCloseTo(0, 5);
    },
  );

  test('has the program of its example, which runs', async () => {
    const [program] = blocks.filter(({ language }) => language === 'ts');
    expect(program?.code).toBe(await readFile(EXAMPLE, 'utf8'));
    const { stdout } = await run(process.execPath, [fileURLToPath(EXAMPLE), server.url]);
    expect(stdout).toMatch(/^SUCCEEDED: 12 of 12, 0 failed\n(\d\.\d{4} \w+\n){5}$/m);
  });
});
