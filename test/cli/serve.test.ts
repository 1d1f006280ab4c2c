import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import { flagsOf, start } from './run.ts';

let copy: LibraryCopy;
beforeAll(async () => {
  copy = await copyOfLibrary('items');
});
afterAll(() => copy[Symbol.asyncDispose]());

describe('serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('says one line when it answers, and ends with 0 on %s', async (signal) => {
    const command = start(['serve', '--port', '0', ...flagsOf(copy)]);
    const line = await command.line();
    const [, url = ''] = /^Viewfinder is ready at (http:\/\/127\.0\.0\.1:\d+\/graphql)$/.exec(line) ?? [];
    const answer = await fetch(`${url}?query=query Name{library{name}}`);
    expect(await answer.json()).toEqual({ data: { library: { name: 'pixano_library' } } });
    command.process.kill(signal);
    const { code, stdout, stderr } = await command.outcome;
    expect([code, stdout]).toEqual([0, `${line}\n`]);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each)),
    ).toMatchObject([
      { level: 30, time: expect.any(String), operation: 'Name', type: 'query', outcome: 'ok' },
      { level: 30, signal },
    ]);
  });

  test('logs as much as logLevel says', async () => {
    const command = start(['serve', '--port', '0', ...flagsOf(copy), '--set', 'logLevel=warn']);
    const url = (await command.line()).replace('Viewfinder is ready at ', '');
    await (await fetch(`${url}?query={library{name}}`)).text();
    command.process.kill('SIGTERM');
    expect(await command.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('stops at once though a client follows a job that runs', async () => {
    const command = start(['serve', '--port', '0', ...flagsOf(copy)]);
    const url = (await command.line()).replace('Viewfinder is ready at ', '');
    const ask = async (query: string) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      return fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    };
    const dataset = Buffer.from('Dataset:health_images').toString('base64url');
    const begun = await ask(`mutation {
      computeViewEmbeddings(input: { dataset: "${dataset}", table: "emb_tiny", recompute: true }) {
        ... on ComputeViewEmbeddingsPayload { job { id } }
      }
    }`);
    const { data } = JSON.parse(await begun.text());
    const { id } = data.computeViewEmbeddings.job;
    const events = await ask(`subscription { embeddingJob(id: "${id}") { job { state } } }`);
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    command.process.kill('SIGTERM');
    expect(await events.text()).toMatch(/"state":"(INTERRUPTED|SUCCEEDED)"/);
    expect(await command.outcome).toMatchObject({ code: 0 });
  });

  test('may be addressed by the names and from the pages that it is told of', async () => {
    const allowed = ['--allow-host', 'a.example', 'b.example', '--allow-origin', 'http://localhost:5173'];
    const command = start(['serve', '--port', '0', ...flagsOf(copy), ...allowed]);
    const url = (await command.line()).replace('Viewfinder is ready at ', '');
    const headers = { origin: 'http://localhost:5173' };
    const answer = await fetch(`${url}?query={__typename}`, { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    command.process.kill('SIGTERM');
    expect((await command.outcome).code).toBe(0);
  });
});
