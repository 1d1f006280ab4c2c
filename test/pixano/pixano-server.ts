import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Ranking } from './shared-library.ts';
import { executableOf, MODEL, pythonOf } from './versions.ts';

export interface EmbeddingJobAnswer {
  readonly status: string;
  readonly error: { readonly message?: string };
}

/** What Pixano tells of its embeddings. */
export interface SearchHealth {
  readonly status: string;
  readonly embedded_rows?: number;
  readonly total_records?: number;
}

const QUIET = { ...process.env, OMP_NUM_THREADS: '1', RUST_LOG: 'error' };

/** The server of Pixano 0.8.0 over a data folder, with a stand-in for the inference server that it needs. */
export class PixanoServer implements AsyncDisposable {
  readonly #url: string;
  readonly #processes: readonly ChildProcess[];

  private constructor(url: string, processes: readonly ChildProcess[]) {
    this.#url = url;
    this.#processes = processes;
  }

  static async start(dataFolder: string): Promise<PixanoServer> {
    const script = fileURLToPath(new URL('python/inference_server.py', import.meta.url));
    const inference = spawn(pythonOf('0.8.0'), [script, MODEL.folder], {
      env: QUIET,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [inferencePort] = await once(createInterface(inference.stdout), 'line');
    const port = await freePort();
    const args = ['server', 'run', dataFolder, '--port', String(port)];
    const pixano = spawn(
      executableOf('0.8.0', 'pixano'),
      [...args, '--pixano-inference-url', `http://127.0.0.1:${inferencePort}`],
      { env: QUIET, stdio: 'ignore' },
    );
    const server = new PixanoServer(`http://127.0.0.1:${port}`, [pixano, inference]);
    while (!(await server.#answers())) {
      if (pixano.exitCode === null) await delay(250);
      else {
        await server[Symbol.asyncDispose]();
        throw new Error(`The server of Pixano ended with ${pixano.exitCode}.`);
      }
    }
    return server;
  }

  /** Status and body of an answer. */
  async request(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  /** The body of an answer that is no error. */
  async ask<Body>(method: string, path: string, body?: object): Promise<Body> {
    const answer = await this.request(method, path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body as Body;
  }

  async search(dataset: string, query: { text: string } | { similar_to: string }, k = 50): Promise<Ranking> {
    const path = `/datasets/${dataset}/records/search`;
    const { items } = await this.ask<{ items: { id: string; _distance: number }[] }>('POST', path, { ...query, k });
    return { items: items.map(({ id }) => id), distances: items.map(({ _distance }) => _distance) };
  }

  async health(dataset: string): Promise<SearchHealth> {
    const path = `/datasets/${dataset}/filters`;
    return (await this.ask<{ search: SearchHealth }>('GET', path)).search;
  }

  /** Its own job, to its end. */
  async compute(dataset: string): Promise<EmbeddingJobAnswer> {
    const path = `/datasets/${dataset}/embeddings/compute`;
    const { job_id } = await this.ask<{ job_id: string }>('POST', path, { model: MODEL.name });
    for (;;) {
      const job = await this.ask<EmbeddingJobAnswer>('GET', `/io/jobs/${job_id}`);
      if (!['pending', 'running'].includes(job.status)) return job;
      await delay(100);
    }
  }

  async #answers(): Promise<boolean> {
    const response = await fetch(`${this.#url}/health`).catch(() => null);
    return response?.ok ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) {
      if (process.exitCode !== null) continue;
      const closed = once(process, 'exit');
      process.kill();
      await closed;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('A server of the network has a port.');
  return address.port;
}
