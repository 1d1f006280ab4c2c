import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddingError, EmbeddingModel, ModelContext } from '../../../src/plugins/embedding-plugin.ts';
import plugin from '../../../src/plugins/remote/openai-compatible.ts';
import { FIXTURES } from '../../library.ts';
import {
  base64,
  cut,
  DIMENSIONS,
  hang,
  inputsOf,
  json,
  openAi,
  type ScriptedServer,
  type Step,
  startServer,
  status,
  vectorOf,
} from './scripted-server.ts';

const KEY = 'sk-very-secret-0123456789';
/** With a character that JSON and addresses write in ways of their own. */
const SLASHED = 'sk-very/secret-0123456789';
const PICTURE = join(FIXTURES, 'items/assets');

let server: ScriptedServer;
beforeEach(async () => {
  process.env.TEST_API_KEY = KEY;
  server = await startServer(openAi);
});
afterEach(() => server[Symbol.asyncDispose]());

const context: ModelContext = { modelFolders: [], threads: 1 };

async function load(options: object = {}, surroundings = context): Promise<EmbeddingModel> {
  const given = { name: 'clip', base_url: `${server.url}/v1`, normalize: false, ...options };
  const parsed = await plugin.options['~standard'].validate(given);
  if (parsed.issues) throw new Error(JSON.stringify(parsed.issues));
  return plugin.load(parsed.value, surroundings);
}

const asked = () => server.received.filter(({ method }) => method === 'POST').slice(1);
const numbers = (vectors: readonly Float32Array[]) => vectors.map((vector) => Array.from(vector));
const failure = (call: Promise<unknown>): Promise<EmbeddingError> =>
  call.then(
    () => expect.fail(),
    (error) => error,
  );

function embeddings(vectors: readonly (string | readonly (number | null)[])[], indexes = vectors.map((_, at) => at)) {
  return json({ data: vectors.map((embedding, at) => ({ index: indexes[at], embedding })) });
}

describe('a model of an OpenAI-compatible server', () => {
  test('has the dimensions that the server shows', async () => {
    const model = await load();
    expect(model).toMatchObject({ dimensions: DIMENSIONS, distance: 'cosine', normalized: false, maxConcurrency: 2 });
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models',
      'POST /v1/embeddings',
    ]);
  });

  test.each(['base64', 'float'])('gives the vectors of texts, in order, from %s', async (encoding_format) => {
    const model = await load({ encoding_format });
    const texts = ['a cat', 'a dog', 'ein Hund'];
    expect(numbers(await model.embedTexts(texts))).toEqual(numbers(texts.map(vectorOf)));
    expect(asked()[0]?.body).toEqual({ model: 'clip', input: texts, encoding_format });
    expect(await model.embedTexts([])).toEqual([]);
  });

  test('sends pictures as Infinity takes them', async () => {
    const model = await load();
    const bytes = await sharp({ create: { width: 9, height: 4, channels: 3, background: '#804020' } })
      .png()
      .toBuffer();
    const [vector] = await model.embedImages([await model.prepareImage(bytes)]);
    const [red, green, blue] = vector ?? [];
    expect([red, green, blue]).toEqual([129 / 256, 65 / 256, 33 / 256]);
    const { modality, input } = asked()[0]?.body ?? {};
    expect(modality).toBe('image');
    expect(inputsOf(input)).toEqual([`data:image/png;base64,${bytes.toString('base64')}`]);
  });

  test('asks for shorter vectors, and gives them length 1, where the options say so', async () => {
    const model = await load({ dimensions: 4, normalize: true });
    expect([model.dimensions, model.normalized]).toEqual([4, true]);
    const [vector = []] = await model.embedTexts(['a cat']);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    const raw = Array.from(vectorOf('a cat').slice(0, 4));
    expect(Array.from(vector)).toEqual(raw.map((each) => expect.closeTo(each / Math.hypot(...raw), 6)));
  });

  test('takes answers in any order, by their index', async () => {
    const model = await load();
    const [first, second] = [vectorOf('1'), vectorOf('2')];
    server.script(embeddings([base64(second), base64(first)], [1, 0]));
    expect(numbers(await model.embedTexts(['x', 'y']))).toEqual(numbers([first, second]));
  });

  test('never puts two requests more under way, nor more inputs, than the options say', async () => {
    const model = await load({ image_batch_size: 32, batch_size: 100, concurrency: 3 });
    expect([model.maxBatch, model.maxConcurrency]).toEqual([{ image: 32, text: 100 }, 3]);
    await expect(load({ image_batch_size: 33 })).rejects.toThrow('image_batch_size');
  });
});

describe('a server that fails is asked again', () => {
  test('when it has asked for patience', async () => {
    const model = await load();
    server.script(status(429, { error: { message: 'slow down' } }, { 'retry-after': '1' }));
    const start = performance.now();
    await model.embedTexts(['a cat']);
    expect(performance.now() - start).toBeGreaterThan(1000);
    expect(asked()).toHaveLength(2);
  });

  test.each([
    ['has failed twice', [status(500), status(503, 'busy')]],
    ['hangs', [hang]],
    ['gives half an answer', [cut]],
    ['gives something else', [json({}), status(200, '<html>')].slice(1)],
  ])('when it %s', async (_what, steps) => {
    const model = await load({ timeout: 0.5 });
    server.script(...steps);
    expect(numbers(await model.embedTexts(['a cat']))).toEqual([Array.from(vectorOf('a cat'))]);
    expect(asked()).toHaveLength(steps.length + 1);
  });

  test('so often, and then may be asked later', async () => {
    const model = await load({ max_retries: 1 });
    server.script(status(502), status(500, { error: { message: 'out of memory' } }));
    expect(await failure(model.embedTexts(['a cat']))).toMatchObject({
      fault: 'transient',
      message: `The server ${server.url}/v1 was asked 2 times and failed: status 500 Internal Server Error: out of memory.`,
    });
  });

  test('not before the time that it asks for, where that is too long to wait', async () => {
    const model = await load();
    server.script(status(429, {}, { 'retry-after': '3600' }));
    const { fault, message } = await failure(model.embedTexts(['a cat']));
    expect([fault, message]).toEqual(['transient', expect.stringContaining('asks to be left alone for 3600 s')]);
  });

  test('but a call that is cancelled stops at once, also while it waits', async () => {
    const model = await load();
    for (const step of [hang, status(429, {}, { 'retry-after': '30' })]) {
      server.script(step);
      const before = asked().length;
      const controller = new AbortController();
      const call = failure(model.embedTexts(['a cat'], { signal: controller.signal }));
      await expect.poll(() => asked().length).toBe(before + 1);
      controller.abort(new Error('enough'));
      expect((await call).message).toBe('enough');
      expect(asked()).toHaveLength(before + 1);
    }
  });
});

describe('an answer that cannot be right is refused', () => {
  test.each<[string, Parameters<typeof embeddings>, string, RegExp]>([
    ['too few vectors', [[base64(vectorOf('1'))]], 'final', /1 vectors for 2 inputs/],
    [
      'another length',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      'final',
      /a vector of 2 numbers, where 8 are right/,
    ],
    ['half a number', [['AAAAAAA=', 'AAAAAAA=']], 'final', /no whole number of float32/],
    [
      'one index twice',
      [
        [base64(vectorOf('1')), base64(vectorOf('2'))],
        [1, 1],
      ],
      'final',
      /indexes/,
    ],
    ['NaN', [[base64(new Float32Array(8).fill(Number.NaN)), base64(vectorOf('1'))]], 'input', /not finite/],
    [
      'null for NaN',
      [
        [
          [1, 2, 3, 4, 5, 6, 7, null],
          [1, 2, 3, 4, 5, 6, 7, 8],
        ],
      ],
      'input',
      /not finite/,
    ],
  ])('%s', async (_what, answer, fault, message) => {
    const model = await load();
    server.script(embeddings(...answer));
    expect(await failure(model.embedTexts(['x', 'y']))).toMatchObject({
      fault,
      message: expect.stringMatching(message),
    });
  });

  test('a list of something else', async () => {
    const model = await load();
    server.script(json({ data: 'none' }));
    expect(await failure(model.embedTexts(['x']))).toMatchObject({ fault: 'final' });
  });
});

describe('what a server has against an input', () => {
  test('is of that input where it says so', async () => {
    const model = await load();
    server.script(status(400, { error: { message: 'too long.', param: 'input[0]' } }));
    const long = await failure(model.embedTexts(['x']));
    expect(long).toMatchObject({ code: 'MODEL_REFUSED', fault: 'input' });
    expect(long.message).toBe('The server refuses this input: status 400 Bad Request: too long.');
    server.script(status(413, 'request entity too large'));
    expect(await failure(model.embedTexts(['x']))).toMatchObject({ code: 'MODEL_REFUSED', fault: 'input' });
  });

  test('is left to be found out where it does not', async () => {
    const model = await load();
    server.script(status(400, { error: { message: 'imageCorruption' } }), status(422, { detail: 'no' }));
    for (const texts of [['x', 'y'], ['x']]) {
      expect(await failure(model.embedTexts(texts))).toMatchObject({ code: 'MODEL_FAILED', fault: 'input' });
    }
  });

  test.each([
    [401, 'MODEL_FAILED', /wants a key.*option api_key_env/],
    [403, 'MODEL_FAILED', /wants a key/],
    [404, 'MODEL_MISSING', /no model "clip", or its API is at another address/],
  ])('is not of the input with the status %d', async (code, errorCode, message) => {
    const model = await load();
    server.script(status(code));
    const error = await failure(model.embedTexts(['x']));
    expect(error).toMatchObject({ code: errorCode, fault: 'final', message: expect.stringMatching(message) });
    expect(asked()).toHaveLength(1);
  });
});

describe('loading says', () => {
  test('that the server is down, without waiting for it', async () => {
    const error = await failure(load({ base_url: 'http://127.0.0.1:1/v1' }));
    expect(error).toMatchObject({ fault: 'transient' });
    expect(error.message).toMatch(
      /^The server http:\/\/127\.0\.0\.1:1\/v1 cannot be reached: .+\. Start it, or name another/,
    );
  });

  test('which models there are, where the one that is named is not', async () => {
    expect((await failure(load({ name: 'blip' }))).message).toBe(
      `The server ${server.url}/v1 has no model "blip" to embed with; it has: clip, other.`,
    );
  });

  test('what the server has against the model', async () => {
    server.script(status(400, { error: { message: 'Invalid model: clip' } }));
    const error = await failure(load());
    expect([error.fault, error.message]).toEqual(['final', expect.stringContaining('Invalid model: clip')]);
  });

  test('that its vectors are of another length than the options', async () => {
    server.script(embeddings([[1, 2, 3]]));
    expect((await failure(load({ dimensions: 4 }))).message).toMatch(/3 numbers, where 4 are right/);
  });
});

describe('pictures', () => {
  test('are sent as they are where every server reads them', async () => {
    const model = await load();
    const bytes = await readFile(join(PICTURE, await anyJpeg()));
    await model.embedImages([await model.prepareImage(bytes)]);
    expect(inputsOf(asked()[0]?.body?.input)).toEqual([`data:image/jpeg;base64,${bytes.toString('base64')}`]);
  });

  test.each([
    ['tiff', 'jpeg'],
    ['avif', 'jpeg'],
    ['gif', 'png'],
  ] as const)('are converted where they are %s, to %s', async (format, sent) => {
    const model = await load();
    const red = sharp({ create: { width: 40, height: 20, channels: 3, background: '#ff0000' } });
    const uri = await sentFor(model, await red.toFormat(format).toBuffer());
    expect(uri).toMatch(new RegExp(`^data:image/${sent};base64,`));
  });

  test('are made smaller, in their proportions, until they are within the limits', async () => {
    const model = await load({ max_image_side: 100, max_image_bytes: 10_000 });
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const picture = sharp({ create: { width: 300, height: 150, channels: 3, background: '#000', noise } });
    const { data } = uriParts(await sentFor(model, await picture.png().toBuffer()));
    expect(data.length).toBeLessThanOrEqual(10_000);
    const { width, height } = await sharp(data).metadata();
    expect([width, height]).toEqual([100, 50]);
  });

  test('keep their transparency', async () => {
    const model = await load({ max_image_side: 64 });
    const clear = sharp({ create: { width: 300, height: 150, channels: 4, background: '#ff000080' } });
    expect(await sentFor(model, await clear.png().toBuffer())).toMatch(/^data:image\/png/);
  });

  test.each([
    ['are none', 'MEDIA_UNSUPPORTED', Buffer.from('not a picture')],
    ['are empty', 'MEDIA_UNREADABLE', Buffer.alloc(0)],
  ])('are refused here where they %s', async (_what, code, bytes) => {
    const model = await load();
    await expect(model.prepareImage(bytes)).rejects.toMatchObject({ code, fault: 'input' });
    expect(asked()).toEqual([]);
  });

  test('are refused where they have too many pixels', async () => {
    const model = await load({}, { ...context, maxPixels: 100 });
    const large = sharp({ create: { width: 20, height: 20, channels: 3, background: '#fff' } });
    await expect(model.prepareImage(await large.png().toBuffer())).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
  });

  async function sentFor(model: EmbeddingModel, bytes: Uint8Array): Promise<string> {
    await model.embedImages([await model.prepareImage(bytes)]);
    return inputsOf(asked().at(-1)?.body?.input)[0] ?? '';
  }

  function uriParts(uri: string): { readonly data: Buffer } {
    return { data: Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64') };
  }

  async function anyJpeg(): Promise<string> {
    const names = await readdir(PICTURE, { recursive: true });
    return names.find((name) => name.endsWith('.jpg')) ?? expect.fail('no JPEG among the fixtures');
  }
});

describe('the key', () => {
  test('goes to the server, in its header alone', async () => {
    const model = await load({ api_key_env: 'TEST_API_KEY' });
    await model.embedTexts(['a cat']);
    for (const { headers, body } of server.received) {
      expect(headers.authorization).toBe(`Bearer ${KEY}`);
      expect(JSON.stringify(body)).not.toContain(KEY);
    }
  });

  test('goes nowhere else: redirects are not followed', async () => {
    await using other = await startServer(openAi);
    for (const code of [301, 307]) {
      server.script(status(code, '', { location: `${other.url}/v1/embeddings?x=${KEY}` }));
      const error = await failure(load({ api_key_env: 'TEST_API_KEY' }));
      expect(error).toMatchObject({ fault: 'final', message: expect.stringContaining(`redirects to ${other.url}`) });
      expect(error.message).not.toContain(KEY);
    }
    expect(other.received).toEqual([]);
  });

  test('is in no error, whatever the server says', async () => {
    const model = await load({ api_key_env: 'TEST_API_KEY', max_retries: 0 });
    for (const code of [400, 401, 404, 422, 429, 500]) {
      server.script((response, received) => {
        response.writeHead(code).end(JSON.stringify({ error: { message: `got ${received.headers.authorization}` } }));
      });
      const { message } = await failure(model.embedTexts(['x']));
      expect(message).toContain('got Bearer [key]');
      expect(message).not.toContain(KEY);
    }
  });

  test.each<[string, Step]>([
    ['beside the status', (response, { headers }) => void response.writeHead(500, `No ${headers.authorization}`).end()],
    ['where the message is cut', status(400, `${'x'.repeat(290)}${SLASHED}`)],
    ['as JSON writes a slash', status(400, `{"error": "${SLASHED.replace('/', '\\/')}"}`)],
    ['in an answer that is not whole', status(400, `{"error": "${SLASHED.replace('/', '\\/')}`)],
    ['in an address', status(400, `see http://localhost/?key=${encodeURIComponent(SLASHED)}`)],
    ['in base64', status(400, btoa(SLASHED))],
  ])('is in no error %s', async (_, step) => {
    process.env.TEST_API_KEY = SLASHED;
    const model = await load({ api_key_env: 'TEST_API_KEY', max_retries: 0 });
    server.script(step);
    const { message } = await failure(model.embedTexts(['x']));
    expect(message).toContain('status');
    expect(message).not.toMatch(/sk-|sk%|c2st/);
  });

  test('is in no error as the name of a model', async () => {
    await using other = await startServer(async () => ({ data: [{ id: KEY }] }));
    const { message } = await failure(load({ api_key_env: 'TEST_API_KEY', base_url: other.url }));
    expect(message).toContain('it has: [key]');
  });

  test('that is missing or cannot be one is told by its variable', async () => {
    process.env.TEST_API_KEY = '';
    expect((await failure(load({ api_key_env: 'TEST_API_KEY' }))).message).toMatch(/variable TEST_API_KEY.*is not set/);
    process.env.TEST_API_KEY = `${KEY}\n${KEY}`;
    const { message } = await failure(load({ api_key_env: 'TEST_API_KEY' }));
    expect(message).toMatch(/TEST_API_KEY holds characters/);
    expect(message).not.toContain(KEY);
  });

  test.each(['PATH', 'AWS_SECRET_ACCESS_KEY', 'HF_TOKEN'])('is never in %s: a table could ask for it', async (name) => {
    await expect(load({ api_key_env: name })).rejects.toThrow('ends in API_KEY');
  });

  test('is not part of the address', async () => {
    for (const base_url of ['http://user:secret@localhost/v1', 'http://localhost/v1?key=secret', 'file:///etc/x']) {
      await expect(load({ base_url })).rejects.toThrow('without a user, a query or a fragment');
    }
  });
});

describe('beyond this machine', () => {
  const url = 'http://gpu.example.org:7997';

  test('no server is asked that the configuration does not name', async () => {
    const error = await failure(load({ base_url: url }));
    expect(error).toMatchObject({ code: 'MODEL_MISSING', fault: 'final' });
    expect(error.message).toContain(
      `"modelServers": [{"function":"openai-compatible","url":"${url}","models":["clip"]}]`,
    );
  });

  test('a server is found by its model, and its key where the configuration says', async () => {
    const servers = [
      { function: 'pixano-inference', url: 'http://127.0.0.1:1', models: ['clip'] },
      { function: 'openai-compatible', url: `${server.url}/v1/`, models: ['clip'], apiKeyEnv: 'TEST_API_KEY' },
    ];
    await load({ base_url: undefined }, { ...context, servers });
    expect(server.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(await plugin.models({ ...context, servers })).toEqual([{ name: 'clip', dimensions: null, installed: true }]);
    expect((await failure(load({ base_url: undefined }))).message).toContain('option base_url');
  });
});
