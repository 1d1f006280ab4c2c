import { z } from 'zod';
import { definePlugin } from '../embedding-plugin.ts';
import { pixanoProtocol } from './pixano-protocol.ts';
import { remotePlugin } from './remote-plugin.ts';
import { serverFields } from './server-options.ts';

const options = z.strictObject({
  ...serverFields,
  batch_size: z.int().min(1).max(256).default(16).describe('Pictures, or texts, in one request; Pixano sends 16.'),
});

export default definePlugin({
  name: 'pixano-inference',
  version: '0.1.0',
  description: 'Models of Pixano’s inference server, as Pixano 0.8 asks them.',
  functions: ['pixano-inference'],
  modalities: ['image', 'text'],
  options,
  ...remotePlugin<z.output<typeof options>>({
    function: 'pixano-inference',
    usualUrl: 'http://localhost:7463',
    keyHeader: ['x-api-key', ''],
    protocol: pixanoProtocol,
    batch: ({ batch_size }) => ({ text: batch_size, image: batch_size }),
  }),
});
