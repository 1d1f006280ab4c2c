import { readFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { flagsOf, start } from '../cli/run.ts';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import type { Answer } from '../schema/api.ts';
import { expectHarmless } from './harmless.ts';
import { addSecondDataset } from './second-dataset.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface HttpRequest extends Pick<RequestOptions, 'method' | 'agent'> {
  readonly headers?: Record<string, string | number>;
  readonly body?: string | Uint8Array;
}

/** The service that is attacked: `viewfinder serve` as a process of its own, over a library of two datasets. */
export interface Target extends AsyncDisposable {
  readonly copy: LibraryCopy;
  readonly pid: number;
  readonly port: number;
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly url: string;
  readonly socketUrl: string;
  /** Posts an operation as a client does. The answer is held to `expectHarmless`, as those of the other two are. */
  ask<Data>(query: string, variables?: object): Promise<Answer<Data>>;
  /** A request with a path and headers as they are given, which `fetch` would not send so. */
  http(path: string, request?: HttpRequest): Promise<HttpAnswer>;
  /** What comes back on a connection of TCP over which these chunks are sent, until it ends or, once it has said something, is silent for so long. */
  raw(chunks: readonly (string | Uint8Array)[], silentMs?: number): Promise<string>;
  /** What the service has logged. */
  log(): string;
  /** That it lives, answers as it did before the attack, and holds no more memory than that needs. */
  expectUnharmed(): Promise<void>;
}

/** Megabytes that a service may hold after an attack beyond what it held before: V8 and libvips give back late. */
const GROWTH_MB = 400;

/** Milliseconds that a service may be silent before its first answer. */
const FIRST_ANSWER_MS = 3_000;

/** A page, a search with a model, and a picture: whatever the attack went through. */
const USUAL = `{
  dataset(by: { folder: "health_images" }) {
    itemCount
    items(first: 3, orderBy: [{ column: "id" }]) { nodes { pixanoId } }
    search(input: { table: "emb_tiny", query: { text: "red cells" } }, first: 3) { nodes { pixanoId } }
  }
}`;

/** @param flags of `serve`, beside those that name the library */
export async function startTarget(
  kind: 'items' | 'records' = 'items',
  flags: (copy: LibraryCopy) => readonly string[] = () => [],
): Promise<Target> {
  const copy = await copyOfLibrary(kind);
  await addSecondDataset(copy);
  const command = start(['serve', '--port', '0', ...flagsOf(copy), ...flags(copy)]);
  let log = '';
  command.process.stderr.on('data', (text: string) => {
    log += text;
  });
  const url = /http:\S+/.exec(await command.line())?.[0];
  if (url === undefined) throw new Error((await command.outcome).stderr);
  const { origin, port } = new URL(url);
  const pid = command.process.pid ?? 0;
  const folders = [copy.temporary, copy.modelFolder];

  const http: Target['http'] = async (path, { body, ...options } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const sent = request(origin, { path, agent: false, ...options }, async (response) => {
      try {
        const text = Buffer.concat(await Array.fromAsync(response)).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject).end(body);
    const answer = await promise;
    if (!/^image\//.test(answer.headers['content-type'] ?? '')) expectHarmless(answer.text, folders);
    return answer;
  };
  const ask: Target['ask'] = async (query, variables = {}) => {
    const headers = { 'content-type': 'application/json' };
    const { text } = await http('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return JSON.parse(text);
  };
  const usual = async () => {
    const { data, errors } = await ask<{ dataset: object } | null>(USUAL);
    expect(errors).toBeUndefined();
    return data;
  };
  const before = await usual();
  const held = await rssMb(pid);
  return {
    copy,
    pid,
    port: Number(port),
    origin,
    url,
    socketUrl: url.replace('http', 'ws'),
    ask,
    http,
    async raw(chunks, silentMs = 1_000) {
      const socket = connect(Number(port), '127.0.0.1');
      const received: Buffer[] = [];
      socket.on('data', (chunk) => {
        received.push(chunk);
        socket.setTimeout(silentMs);
      });
      // The service may close before it has read all that is sent.
      socket.on('error', () => {});
      // The first answer may take longer, where the machine has other work.
      socket.setTimeout(Math.max(silentMs, FIRST_ANSWER_MS), () => socket.destroy());
      const closed = new Promise((resolve) => socket.on('close', resolve));
      for (const chunk of chunks) socket.write(chunk);
      await closed;
      const text = Buffer.concat(received).toString('latin1');
      expectHarmless(text, folders);
      return text;
    },
    log: () => log,
    async expectUnharmed() {
      expect(command.process.exitCode).toBeNull();
      expect(command.process.signalCode).toBeNull();
      expect(await usual()).toEqual(before);
      expect(log).not.toContain('outside of all requests');
      expect(log).not.toMatch(/"level":60|FATAL|heap out of memory/);
      expect((await rssMb(pid)) - held).toBeLessThan(GROWTH_MB);
    },
    async [Symbol.asyncDispose]() {
      command.process.kill('SIGTERM');
      const { code, stderr } = await command.outcome;
      await copy[Symbol.asyncDispose]();
      if (code !== 0) throw new Error(`The service ended with ${code}: ${stderr.slice(-2_000)}`);
    },
  };
}

/** Memory that a process holds; 0 where the system does not say so. */
async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
