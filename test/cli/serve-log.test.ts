import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, start } from './run.ts';

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
});
afterEach(() => copy[Symbol.asyncDispose]());

/** Serves, is asked for the name of the library, and is stopped. */
async function served(...flags: string[]) {
  const command = start(['serve', ...flagsOf(copy), '--port', '0', ...flags]);
  const url = (await command.line()).replace('Viewfinder is ready at ', '');
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: 'query Name { library { name } }' });
  await (await fetch(url, { method: 'POST', headers, body })).text();
  command.process.kill('SIGTERM');
  const { code, stdout, stderr } = await command.outcome;
  expect([code, stdout]).toEqual([0, `Viewfinder is ready at ${url}\n`]);
  return stderr;
}

test('serve logs each operation as a line of JSON on stderr, and nothing on stdout', async () => {
  const lines = (await served())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    {
      level: 30,
      time: expect.any(String),
      operation: 'Name',
      type: 'query',
      outcome: 'ok',
      durationMs: expect.any(Number),
    },
    { level: 30, signal: 'SIGTERM' },
  ]);
});

test('serve logs as much as logLevel says', async () => {
  expect(await served('--set', 'logLevel=warn')).toBe('');
});
