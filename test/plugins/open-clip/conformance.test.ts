import { join } from 'node:path';
import { describe, test } from 'vitest';
import { conformanceTests } from '../../../src/plugins/testing/conformance.ts';
import { FIXTURES } from '../../library.ts';

const module = new URL('../../../src/plugins/open-clip/index.ts', import.meta.url);
const context = { modelFolders: [join(FIXTURES, 'models')], threads: 2 };

describe.each(['pixano-tiny-clip', 'free-batch__random'])('open-clip with %s', async (folder) => {
  const [name, pretrained = ''] = folder.split('__');
  const missing = { name: 'nowhere', pretrained: '' };
  const rounds = folder === 'pixano-tiny-clip' ? 100 : 20;
  const subject = { module, context, options: { name, pretrained }, missing, rounds };
  for (const { name, timeout, run } of await conformanceTests(subject)) test(name, { timeout }, run);
});
