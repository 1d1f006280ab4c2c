import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { LibraryCopy } from '../library.ts';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Outcome {
  /** Null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  /** The next line of stdout. */
  line(): Promise<string>;
  readonly outcome: Promise<Outcome>;
}

/** Starts `viewfinder` as a process of its own, in a folder that holds no configuration. */
export function start(
  args: readonly string[],
  cwd = tmpdir(),
  environment: Readonly<Record<string, string>> = {},
): RunningCommand {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close');
  return {
    process: child,
    line: async () => String((await lines.next()).value),
    outcome: ended.then(([code]) => ({ code, ...output })),
  };
}

/** Runs `viewfinder` to its end. */
export function run(args: readonly string[], cwd?: string): Promise<Outcome> {
  return start(args, cwd).outcome;
}

/** The flags that name a copy of a library, its media and its models. */
export function flagsOf({ path, media, modelFolder }: LibraryCopy): string[] {
  return ['--library', path, '--media', media, '--models', modelFolder];
}
