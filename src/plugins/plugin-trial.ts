import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StderrTail } from './stderr-tail.ts';

const LIMIT_MS = 30_000;
/** With which Node ends where the top level of a module waits and nothing is left that could end that. */
const UNSETTLED = 13;
/** How long the last words of a process that has ended are waited for. */
const LAST_WORDS_MS = 500;

/**
 * Imports a module in a process of its own: one that ends its process, or never comes to an end, does it there.
 * One that throws passes, for it does the same wherever it is imported.
 *
 * @param module URL
 * @throws Error which says what it did, as the end of a sentence
 */
export async function tryModule(module: string, limitMs = LIMIT_MS): Promise<void> {
  const entry = new URL(`./plugin-trial-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(entry), [module], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const stderr = new StderrTail(child.stderr);
  const imported = once(child, 'message').then(() => null);
  const closed = once(child, 'close');
  const ended = once(child, 'exit').then(async (how) => {
    // A process of its own making may hold stderr open for long.
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    return how;
  });
  const how = await Promise.race([imported, ended]);
  if (how === null) return;
  const [code, signal] = how;
  if (code === UNSETTLED) throw new Error('its top level waits for what never comes');
  if (child.killed) throw new Error(`its top level does not come to an end within ${limitMs / 1000} s`);
  const end = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const lastWords = stderr.last === undefined ? '' : `; it last said: ${stderr.last}`;
  throw new Error(`it ends the process that imports it, ${end}${lastWords}`);
}
