import { z } from 'zod';
import { definePlugin } from '../embedding-plugin.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { remotePlugin } from './remote-plugin.ts';
import { serverFields } from './server-options.ts';

/** The most pictures that Infinity takes at once. */
const MOST_IMAGES = 32;

const options = z.strictObject({
  ...serverFields,
  dimensions: z.int().min(1).optional().describe('To which the server is asked to shorten its vectors.'),
  encoding_format: z.enum(['base64', 'float']).default('base64').describe('How vectors come over the network.'),
  batch_size: z.int().min(1).max(2048).default(64).describe('Texts in one request.'),
  image_batch_size: z.int().min(1).max(MOST_IMAGES).default(16).describe('Pictures in one request.'),
});

export default definePlugin({
  name: 'openai-compatible',
  version: '0.1.0',
  description: 'Models of a server with OpenAI’s /embeddings; pictures with Infinity’s extension of it.',
  functions: ['openai-compatible'],
  modalities: ['image', 'text'],
  options,
  ...remotePlugin<z.output<typeof options>>({
    function: 'openai-compatible',
    keyHeader: ['authorization', 'Bearer '],
    protocol: ({ name, dimensions, encoding_format }) =>
      openAiProtocol({ name, dimensions, encodingFormat: encoding_format }),
    batch: ({ batch_size, image_batch_size }) => ({ text: batch_size, image: image_batch_size }),
  }),
});
