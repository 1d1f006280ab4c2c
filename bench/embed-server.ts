/**
 * A server of models as bench/embed.ts needs one: it speaks OpenAI's `/embeddings` with Infinity's pictures, and the API
 * of Pixano's inference server. A picture takes it a fixed time, in which it has nothing to compute, as if on a GPU
 * elsewhere; one request goes after the other.
 *
 *   node bench/embed-server.ts MILLISECONDS_OF_A_PICTURE
 *
 * Its parent is told its address. `GET /cpu` tells the processor seconds that it has taken.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const MODEL = 'bench';
const DIMENSIONS = 512;

const pictureMs = Number(process.argv[2]);

/** The same for the same input, and another for another. */
function vectorOf(input: string): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, (_, i) =>
    input.charCodeAt(Math.floor((i * input.length) / DIMENSIONS)),
  );
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

let last: Promise<unknown> = Promise.resolve();

/** The vectors of inputs that come before those of later requests. */
async function embed(inputs: readonly string[]): Promise<Float32Array[]> {
  last = last.then(() => delay(inputs.length * pictureMs));
  await last;
  return inputs.map(vectorOf);
}

async function answer(request: IncomingMessage): Promise<unknown> {
  switch (request.url) {
    case '/cpu': {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }
    case '/models':
      return { object: 'list', data: [{ id: MODEL }] };
    case '/v1/models':
      return [{ name: MODEL, capability: 'embedding' }];
    case '/embeddings': {
      const { input } = await bodyOf(request);
      const vectors = await embed(input);
      return { object: 'list', model: MODEL, data: vectors.map((each, index) => ({ index, embedding: base64(each) })) };
    }
    case '/v1/inference/embedding': {
      const { image, text } = await bodyOf(request);
      const vectors = await embed(image ?? text);
      const data = Buffer.concat(vectors.map(({ buffer }) => Buffer.from(buffer))).toString('base64');
      const embeddings = { shape: [vectors.length, DIMENSIONS], dtype: 'float32', data };
      return { id: '1', status: 'success', metadata: {}, data: { embeddings, dim: DIMENSIONS } };
    }
    default:
      return null;
  }
}

async function bodyOf(request: IncomingMessage) {
  return JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
}

const server = createServer(async (request, response) => {
  const value = await answer(request);
  response.writeHead(value === null ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.(`http://127.0.0.1:${address.port}`);
});
process.once('disconnect', () => process.exit());
