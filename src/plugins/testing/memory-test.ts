import { ok } from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConformanceCase } from './conformance-case.ts';
import type { RoundsAnswer, RoundsRequest } from './memory-process.ts';
import type { Trial } from './subject.ts';

/** Rounds in which caches fill, threads begin and the allocator finds its size: a part of all. */
const WARM_UP = 0.3;
/** What an allocator may scatter. */
const SLACK_BYTES = 24 * 1024 ** 2;

/** That a model which is disposed of leaves nothing behind, measured in a process of its own. */
export function memoryTest(trial: Trial, rounds: number): ConformanceCase {
  const { module, options, context, images, texts } = trial;
  return {
    name: `frees its memory, threads and handles when it is disposed of (${rounds} rounds)`,
    async run() {
      const request = { module, options, context, images: images.slice(0, 2), texts: texts.slice(0, 2), rounds };
      const { error, samples } = await loadRepeatedly(request);
      ok(error === undefined, `Round ${samples.length + 1} of loading failed: ${error}`);
      const warm = Math.floor(rounds * WARM_UP);
      const part = Math.max(1, Math.floor(rounds / 10));
      const [before, after] = [samples.slice(warm, warm + part), samples.slice(-part)];
      for (const what of ['bytes', 'threads', 'handles'] as const) {
        const [from, to] = [before, after].map((some) => median(some.map((sample) => sample[what])));
        const grown = (to ?? 0) - (from ?? 0);
        const slack = what === 'bytes' ? SLACK_BYTES : rounds / 5;
        ok(
          grown <= slack,
          `${rounds - warm} times loading and disposing left ${grown} more ${what}, from ${from} to ${to}.`,
        );
      }
    },
  };
}

async function loadRepeatedly(request: RoundsRequest): Promise<RoundsAnswer> {
  const entry = new URL(`./memory-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(entry), [], {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    child.send(request);
    const died = once(child, 'exit').then(([code, signal]): RoundsAnswer => {
      return { error: `its process ended (${signal ?? code})`, samples: [] };
    });
    return await Promise.race([once(child, 'message').then(([answer]) => answer), died]);
  } finally {
    child.kill('SIGKILL');
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
