import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddingError, EmbeddingModel } from '../../../src/plugins/embedding-plugin.ts';
import plugin from '../../../src/plugins/remote/pixano-inference.ts';
import {
  base64,
  DIMENSIONS,
  json,
  pixano,
  type ScriptedServer,
  startServer,
  status,
  vectorOf,
} from './scripted-server.ts';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startServer(pixano);
});
afterEach(() => server[Symbol.asyncDispose]());

async function load(options: object = {}): Promise<EmbeddingModel> {
  const parsed = await plugin.options['~standard'].validate({ name: 'clip', base_url: server.url, ...options });
  if (parsed.issues) throw new Error(JSON.stringify(parsed.issues));
  return plugin.load(parsed.value, { modelFolders: [], threads: 1 });
}

const asked = () => server.received.filter(({ method }) => method === 'POST').slice(1);
const failure = (call: Promise<unknown>): Promise<EmbeddingError> =>
  call.then(
    () => expect.fail(),
    (error) => error,
  );

describe('a model of Pixano’s inference server', () => {
  test('gives vectors of texts and pictures, asked as Pixano 0.8 asks', async () => {
    process.env.PIXANO_API_KEY = 'pixano-secret';
    const model = await load({ normalize: false, api_key_env: 'PIXANO_API_KEY' });
    expect(model).toMatchObject({ dimensions: DIMENSIONS, normalized: false, maxBatch: { image: 16, text: 16 } });
    expect(await model.embedTexts(['a cat', 'a dog'])).toEqual([vectorOf('a cat'), vectorOf('a dog')]);
    const bytes = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#804020' } })
      .jpeg()
      .toBuffer();
    await model.embedImages([await model.prepareImage(bytes)]);
    const image = [`data:image/jpeg;base64,${bytes.toString('base64')}`];
    expect(asked().map(({ path, body }) => ({ path, body }))).toEqual([
      {
        path: '/v1/inference/embedding',
        body: { model: 'clip', image: null, text: ['a cat', 'a dog'], normalize: false },
      },
      { path: '/v1/inference/embedding', body: { model: 'clip', image, text: null, normalize: false } },
    ]);
    for (const { headers } of server.received) expect(headers['x-api-key']).toBe('pixano-secret');
  });

  test('gives vectors of length 1 unless it is told otherwise, whatever the server does', async () => {
    const model = await load();
    const [vector = []] = await model.embedTexts(['a cat']);
    expect(model.normalized).toBe(true);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  });

  test('is one that embeds', async () => {
    expect((await failure(load({ name: 'sam' }))).message).toMatch(/no model "sam" to embed with; it has: clip\.$/);
  });

  test.each([
    ['fewer numbers than their shape says', { shape: [1, DIMENSIONS], data: base64(new Float32Array(4)) }],
    ['another shape', { shape: [DIMENSIONS], data: base64(new Float32Array(DIMENSIONS)) }],
    ['nothing', {}],
  ])('refuses %s', async (_what, embeddings) => {
    const model = await load();
    server.script(json({ data: { embeddings, dim: DIMENSIONS } }));
    expect(await failure(model.embedTexts(['x']))).toMatchObject({ code: 'MODEL_FAILED', fault: 'final' });
  });

  test.each([
    ['its own words', { error: { code: 'invalid_media', message: 'cannot identify image', requestId: 'r' } }],
    ['FastAPI’s', { detail: [{ loc: ['body', 'text', 0], msg: 'too long', type: 'x' }] }],
  ])('tells an input that the server refuses in %s', async (_whose, body) => {
    const model = await load();
    server.script(status(422, body), status(422, body));
    expect(await failure(model.embedTexts(['x']))).toMatchObject({ code: 'MODEL_REFUSED', fault: 'input' });
    expect(await failure(model.embedTexts(['x', 'y']))).toMatchObject({ code: 'MODEL_FAILED', fault: 'input' });
  });
});
