import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MODEL, pythonOf, type Version } from './versions.ts';

/** What Pixano raised. */
export class PixanoError extends Error {
  override readonly name = 'PixanoError';
  readonly type: string;

  constructor(type: string, message: string) {
    super(`${type}: ${message}`);
    this.type = type;
  }
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
}

/** A Python process in which the real Pixano is at work, one call after the other. */
export class PixanoProcess implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: AsyncIterator<string>;
  #stderr = '';
  #last: Promise<unknown> = Promise.resolve();

  private constructor(process: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#process = process;
    this.#answers = createInterface(process.stdout)[Symbol.asyncIterator]();
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-5000);
    });
  }

  /** @param script one of `python/`, which is given the checkpoints' folder and then `args` */
  static start(version: Version, script: string, args: readonly string[]): PixanoProcess {
    const path = fileURLToPath(new URL(`python/${script}`, import.meta.url));
    // So that two cores are left for the other program.
    const env = { ...process.env, OMP_NUM_THREADS: '1', RUST_LOG: 'error' };
    const child = spawn(pythonOf(version), [path, MODEL.folder, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    return new PixanoProcess(child);
  }

  /** @throws PixanoError for what Pixano raised */
  call<Result>(name: string, args: Record<string, unknown> = {}): Promise<Result> {
    const answer = this.#last.then(() => this.#ask<Result>(name, args));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask<Result>(name: string, args: Record<string, unknown>): Promise<Result> {
    this.#process.stdin.write(`${JSON.stringify({ call: name, args })}\n`);
    const line = await this.#answers.next();
    if (line.done) throw new Error(`Python ended while it was asked for "${name}":\n${this.#stderr}`);
    const { result, error } = JSON.parse(line.value) as Answer;
    if (error !== undefined) throw new PixanoError(error.type, error.message);
    return result as Result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.stdin.end();
    await closed;
  }
}
