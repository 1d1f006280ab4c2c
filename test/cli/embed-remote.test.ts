import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyOfLibrary, type LibraryCopy } from '../library.ts';
import {
  cut,
  hang,
  inputsOf,
  openAi,
  pixano,
  type ScriptedServer,
  startServer,
  status,
} from '../plugins/remote/scripted-server.ts';
import { flagsOf, run, start } from './run.ts';

const KEY = 'sk-very-secret-0123456789';

let copy: LibraryCopy;
let server: ScriptedServer;
beforeEach(async () => {
  process.env.TEST_API_KEY = KEY;
  copy = await copyOfLibrary('items');
  server = await startServer(openAi);
});
afterEach(async () => {
  await copy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const embed = (...more: string[]) => ['embed', 'health_images', '--table', 'emb_remote', ...more, ...flagsOf(copy)];
const options = (...pairs: string[]) => pairs.flatMap((pair) => ['--option', pair]);
const remote = (...pairs: string[]) => [
  ...['--function', 'openai-compatible'],
  ...options('name=clip', `base_url=${server.url}/v1`, 'api_key_env=TEST_API_KEY', ...pairs),
];

/** The text of every file below a folder. */
async function everything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  return texts.join('\n');
}

describe('with a server of models', () => {
  test('embed makes a table and search finds with it; the key is in neither of them', async () => {
    const made = await run(embed(...remote()));
    expect(made.stdout).toBe('emb_remote: 12 embedded, 0 had a vector, 0 failed, of 12 views.\n');
    expect(made.code).toBe(0);
    expect(made.stderr).toMatch(/^viewfinder: .*"openai-compatible".*Pixano.*\n$/);
    const again = await run(embed());
    expect(again).toEqual({
      code: 0,
      stdout: 'emb_remote: 0 embedded, 12 had a vector, 0 failed, of 12 views.\n',
      stderr: '',
    });
    const search = ['search', 'health_images', 'a cat', '--table', 'emb_remote', '--json', ...flagsOf(copy)];
    const found = await run(search);
    expect([found.code, found.stderr]).toEqual([0, '']);
    expect(JSON.parse(found.stdout).results).toHaveLength(5);
    expect(server.received.every(({ headers }) => headers.authorization === `Bearer ${KEY}`)).toBe(true);
    const said = [made, again, found].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(said + (await everything(copy.temporary))).not.toContain(KEY);
    expect(await everything(join(copy.path, 'health_images', 'db', 'emb_remote.lance'))).toContain('TEST_API_KEY');
  });

  test('embed goes through failures of the server', async () => {
    expect((await run(embed(...remote(), '--limit', '1'))).code).toBe(0);
    server.script(status(503), cut, status(429, {}, { 'retry-after': '1' }));
    const { code, stdout } = await run(embed());
    expect([code, stdout]).toEqual([0, 'emb_remote: 11 embedded, 1 had a vector, 0 failed, of 12 views.\n']);
  });

  test('embed finds the one picture that the server refuses, and embeds the others', async () => {
    expect((await run(embed(...remote(), '--limit', '1'))).code).toBe(0);
    const [picture = expect.fail()] = inputsOf(server.received.at(-1)?.body?.input);
    server.always((response, received, usual) => {
      if (!inputsOf(received.body?.input).includes(picture)) return usual();
      return status(400, { error: { message: 'imageCorruption' } })(response, received, usual);
    });
    const { code, stdout } = await run(embed('--recompute'));
    expect([code, stdout]).toEqual([3, 'emb_remote: 11 embedded, 0 had a vector, 1 failed, of 12 views.\n']);
  });

  test('embed that is interrupted ends at once, whatever the server does', async () => {
    expect((await run(embed(...remote(), '--limit', '1'))).code).toBe(0);
    const before = server.received.length;
    // Loading has its answer, and no picture has.
    server.always((response, received, usual) =>
      received.body?.modality === 'image' ? hang(response, received, usual) : usual(),
    );
    const command = start(embed('--json'));
    await expect.poll(() => server.received.length, { timeout: 20_000 }).toBeGreaterThan(before + 2);
    command.process.kill('SIGINT');
    const { code, stdout } = await command.outcome;
    expect(code).toBe(130);
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ state: 'INTERRUPTED', embedded: 0 });
  });

  test('a wrong key, and a server that is down, are a line', async () => {
    server.script(status(401, { error: { message: `Incorrect API key provided: ${KEY}` } }));
    const wrong = await run(embed(...remote()));
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toMatch(
      /^viewfinder: The server .* does not take the key in the environment variable TEST_API_KEY.*\n$/,
    );
    expect(wrong.stderr).not.toContain(KEY);
    const down = await run(
      embed('--function', 'openai-compatible', ...options('name=clip', 'base_url=http://127.0.0.1:1')),
    );
    expect([down.code, down.stdout]).toEqual([1, '']);
    expect(down.stderr).toMatch(/^viewfinder: The server http:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/);
    expect(await readdir(join(copy.path, 'health_images', 'db'))).not.toContain('emb_remote.lance');
  });

  test('the configuration names servers, which are listed with their models', async () => {
    await using inference = await startServer(pixano);
    const config = join(copy.temporary, 'viewfinder.config.json');
    const servers = [{ function: 'pixano-inference', url: inference.url, models: ['clip'], apiKeyEnv: 'TEST_API_KEY' }];
    await writeFile(config, JSON.stringify({ modelServers: servers }));
    const { stdout } = await run(['plugins', '--json', '--config', config]);
    expect(JSON.parse(stdout)).toContainEqual({
      name: 'pixano-inference',
      functions: ['pixano-inference'],
      modalities: ['IMAGE', 'TEXT'],
      available: true,
      reason: null,
      models: [{ name: 'clip', installed: true, dimensions: null }],
    });
    const made = await run(embed('--function', 'pixano-inference', '--option', 'name=clip', '--config', config));
    expect([made.code, made.stdout]).toEqual([0, 'emb_remote: 12 embedded, 0 had a vector, 0 failed, of 12 views.\n']);
    expect(inference.received.every(({ headers }) => headers['x-api-key'] === KEY)).toBe(true);
  });

  test('a service shows the key neither in its answers nor in its log', async () => {
    const command = start(['serve', '--port', '0', ...flagsOf(copy)]);
    const url = (await command.line()).replace('Viewfinder is ready at ', '');
    const ask = async (query: string, input: object) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ query, variables: { input } });
      return (await fetch(url, { method: 'POST', headers, body })).text();
    };
    const table = {
      dataset: Buffer.from('Dataset:health_images').toString('base64url'),
      name: 'emb_remote',
      embeddingFunction: 'openai-compatible',
      options: { name: 'clip', base_url: `${server.url}/v1`, api_key_env: 'TEST_API_KEY', max_retries: 0 },
    };
    const create = `mutation ($input: CreateEmbeddingTableInput!) { createEmbeddingTable(input: $input) {
      __typename
      ... on CreateEmbeddingTablePayload { notice table { options } }
      ... on PluginError { code message }
    } }`;
    const compute = `mutation ($input: ComputeViewEmbeddingsInput!) { computeViewEmbeddings(input: $input) {
      ... on ComputeViewEmbeddingsPayload { job { state error } }
    } }`;
    const echo = (code: number) => status(code, { error: { message: `Bearer ${KEY} is wrong` } });
    server.script(echo(401));
    const refused = await ask(create, table);
    expect(refused).toContain('Bearer [key] is wrong');
    const made = await ask(create, table);
    expect(made).toMatch(/"notice":"[^"]*has no function[^}]*TEST_API_KEY/);
    server.always(echo(403));
    const job = await ask(compute, { dataset: table.dataset, table: table.name });
    const jobs = '{ embeddingJobs { nodes { state error } } }';
    await expect.poll(async () => ask(jobs, {}), { timeout: 20_000 }).toContain('Bearer [key] is wrong');
    const listed = await ask(jobs, {});
    command.process.kill('SIGTERM');
    const { stdout, stderr } = await command.outcome;
    const all = [refused, made, job, listed, stdout, stderr, await everything(copy.temporary)].join('\n');
    expect(all).not.toContain(KEY);
  });
});
