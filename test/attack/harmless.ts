import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Of what the service runs, so that its paths tell of this machine. */
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** A frame of a stack, of JavaScript or of Rust; Node's own modules; a panic. */
const STACK = /(\n|\\n)\s+at .+:\d+:\d+|node:internal|node_modules|\.rs:\d+|panicked at|\bErrno\b/;

/**
 * Holds an answer to what no answer may have in it, whatever was asked: a stack, a path of this machine, or a
 * failure that nobody foresaw.
 * @param folders whose paths would tell of this machine
 */
export function expectHarmless(answer: string, folders: readonly string[] = []): void {
  const home = homedir();
  const paths = [...folders, resolve(CHECKOUT), process.execPath, ...(home.length > 1 ? [`${home}/`] : [])];
  const found = paths.filter((path) => answer.includes(path));
  if (STACK.test(answer) || found.length > 0 || answer.includes('INTERNAL_SERVER_ERROR')) {
    expect.fail(`This answer tells too much, or of a failure that nobody foresaw:\n${answer.slice(0, 2_000)}`);
  }
}
