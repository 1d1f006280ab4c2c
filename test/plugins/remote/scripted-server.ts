import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

export const DIMENSIONS = 8;

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** JSON; null of a GET. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** What happens to one request, instead of the usual answer, which it may give after all. */
export type Step = (response: ServerResponse, received: Received, usual: () => Promise<void>) => void | Promise<void>;

/** A server of embeddings that misbehaves as it is told, one request after the other. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** For the next requests that ask for embeddings. */
  script(...steps: readonly Step[]): void;
  /** For all of them after those. */
  always(step: Step): void;
}

/** Answers a request with JSON; `undefined` is for an address that it does not have. */
export type Answerer = (received: Received) => Promise<object | undefined>;

export async function startServer(usual: Answerer): Promise<ScriptedServer> {
  const received: Received[] = [];
  const steps: Step[] = [];
  let standing: Step | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '', headers } = request;
    const it = { method, path, headers, body: text === '' ? null : JSON.parse(text) };
    received.push(it);
    const answer = async () => {
      const value = await usual(it);
      if (value === undefined) status(404)(response, it, answer);
      else json(value)(response, it, answer);
    };
    const step = method === 'POST' ? (steps.shift() ?? standing) : undefined;
    await (step === undefined ? answer() : step(response, it, answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    script: (...more) => void steps.push(...more),
    always: (step) => {
      standing = step;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function json(value: object): Step {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}

export function status(code: number, body: object | string = {}, headers: Record<string, string> = {}): Step {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(text);
  };
}

/** Never answers. */
export const hang: Step = () => {};

/** Half an answer, and then the connection is gone. */
export const cut: Step = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"data": [', () => response.destroy());
};

/** OpenAI's API, with Infinity's pictures. */
export async function openAi({ path, body }: Received): Promise<object | undefined> {
  if (path === '/v1/models') return { object: 'list', data: [{ id: 'clip' }, { id: 'other' }] };
  if (path !== '/v1/embeddings' || body === null) return undefined;
  const vectors = await vectorsOf(inputsOf(body.input));
  const length = typeof body.dimensions === 'number' ? body.dimensions : DIMENSIONS;
  const data = vectors.map((whole, index) => {
    const vector = whole.slice(0, length);
    return { index, embedding: body.encoding_format === 'base64' ? base64(vector) : Array.from(vector) };
  });
  return { object: 'list', model: body.model, data };
}

/** The API of Pixano's inference server. */
export async function pixano({ path, body }: Received): Promise<object | undefined> {
  if (path === '/v1/models') {
    const rest = { modelClass: 'OpenClip', modelPath: null, status: 'RUNNING' };
    return [
      { name: 'clip', capability: 'embedding', ...rest },
      { name: 'sam', capability: 'segmentation', ...rest },
    ];
  }
  if (path !== '/v1/inference/embedding' || body === null) return undefined;
  const vectors = await vectorsOf(inputsOf(body.image ?? body.text));
  const all = Float32Array.from(vectors.flatMap((vector) => Array.from(vector)));
  const embeddings = { shape: [vectors.length, DIMENSIONS], dtype: 'float32', data: base64(all) };
  const timestamp = new Date().toISOString();
  return { id: 'x', status: 'success', timestamp, metadata: {}, data: { embeddings, dim: DIMENSIONS } };
}

export function inputsOf(input: unknown): string[] {
  return Array.isArray(input) ? input.map(String) : [String(input)];
}

function vectorsOf(inputs: readonly string[]): Promise<Float32Array[]> {
  return Promise.all(inputs.map((input) => (input.startsWith('data:') ? vectorOfPicture(input) : vectorOf(input))));
}

/** Of a text: its own, and no other's. */
export function vectorOf(text: string): Float32Array {
  const hash = createHash('sha256').update(text).digest();
  return Float32Array.from({ length: DIMENSIONS }, (_, index) => (hash[index] ?? 0) / 128 - 1);
}

/** The colours of its four quarters, as far as there is room for them. */
async function vectorOfPicture(uri: string): Promise<Float32Array> {
  const bytes = Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');
  const picture = sharp(bytes).removeAlpha().toColourspace('srgb').resize(2, 2, { fit: 'fill' });
  const pixels = await picture.raw().toBuffer();
  return Float32Array.from({ length: DIMENSIONS }, (_, index) => ((pixels[index] ?? 0) + 1) / 256);
}

export function base64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
