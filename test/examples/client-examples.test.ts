import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunningCommand, run, start } from '../cli/run.ts';
import { type SlowLibrary, slowLibrary } from '../cli/slow-library.ts';
import { startServer } from '../server/running-server.ts';

const SEARCH = fileURLToPath(new URL('../../examples/search.ts', import.meta.url));
const WATCH_JOBS = fileURLToPath(new URL('../../examples/watch-jobs.ts', import.meta.url));

function search(...args: string[]) {
  return promisify(execFile)(process.execPath, [SEARCH, ...args]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
}

describe('examples/search.ts', () => {
  test('prints what it finds, nearest first, with thumbnails that are there', async () => {
    await using server = await startServer();
    const { stdout } = await search('health_images', 'microscope', '--table', 'emb_tiny', '--url', server.url);
    const lines = stdout.trimEnd().split('\n');
    const hits = lines.slice(0, -1).map((line) => line.split('  '));
    expect(hits.map(([rank]) => rank)).toEqual(['1.', '2.', '3.', '4.', '5.']);
    const distances = hits.map(([, distance]) => Number(distance));
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    for (const [, , , , thumbnail = ''] of hits) expect((await fetch(thumbnail)).status).toBe(200);
    expect(lines.at(-1)).toMatch(/^Exact: all 12 vectors were compared.* \(12 vectors, [\d.]+ ms\)$/);

    const several = await search('health_images', 'microscope', '--url', server.url);
    expect(several.stderr).toMatch(/emb_open-clip.*emb_tiny|emb_tiny.*emb_open-clip/);
    expect((await search('nowhere', 'x', '--url', server.url)).stderr).toBe('There is no dataset "nowhere".\n');
  });

  test('says where nobody answers', async () => {
    const { stderr } = await search('health_images', 'x', '--url', 'http://127.0.0.1:9/graphql');
    expect(stderr).toBe('The service at http://127.0.0.1:9/graphql cannot be reached.\n');
  });
});

describe('examples/watch-jobs.ts', () => {
  let library: SlowLibrary;
  let monitor: ChildProcessByStdio<null, Readable, null>;
  let services: RunningCommand[] = [];
  afterEach(async () => {
    monitor.kill();
    for (const { process } of services) process.kill('SIGKILL');
    await Promise.all(services.map(({ outcome }) => outcome));
    services = [];
    await library[Symbol.asyncDispose]();
  });

  test('shows each job to its end, through an end of the service', async () => {
    library = await slowLibrary(120, 400);
    expect((await run([...library.embed, '--limit', '1'])).code).toBe(0);
    const first = start(['serve', '--port', '0', ...library.flags]);
    services.push(first);
    const url = (await first.line()).replace('Viewfinder is ready at ', '');
    monitor = spawn(process.execPath, [WATCH_JOBS, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    const output = createInterface(monitor.stdout).on('line', (line) => lines.push(line));
    const until = async (pattern: RegExp) => {
      while (!lines.some((line) => pattern.test(line))) await once(output, 'line');
    };
    const dataset = Buffer.from('Dataset:health_images').toString('base64url');
    const query = `mutation { computeViewEmbeddings(input: { dataset: "${dataset}", table: "emb" }) { __typename } }`;
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    await until(/RUNNING/);
    first.process.kill('SIGKILL');
    await first.outcome;
    await until(/cannot be reached|broke/);
    services.push(start(['serve', '--port', new URL(url).port, ...library.flags]));
    await until(/SUCCEEDED/);
    expect(lines.at(-1)).toBe('████████████████████  120/120  SUCCEEDED  health_images/emb');
    expect(lines.some((line) => line.includes('INTERRUPTED'))).toBe(true);
  }, 90_000);
});
