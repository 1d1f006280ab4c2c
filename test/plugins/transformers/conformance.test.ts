import { join } from 'node:path';
import { describe, test } from 'vitest';
import { conformanceTests } from '../../../src/plugins/testing/conformance.ts';
import { FIXTURES } from '../../library.ts';

const context = { modelFolders: [join(FIXTURES, 'models')], threads: 2 };
// A round takes most of a second.
const rounds = 20;
const both = ['image', 'text'] as const;

describe.each([
  { plugin: 'index', model_name: 'tiny/clip', modalities: both },
  { plugin: 'index', model_name: 'tiny/siglip2', modalities: both },
  { plugin: 'index', model_name: 'tiny/dinov2', modalities: ['image'] as const },
  { plugin: 'siglip', model_name: 'tiny/siglip', modalities: both },
])('transformers/$plugin with $model_name', async ({ plugin, model_name, modalities }) => {
  const module = new URL(`../../../src/plugins/transformers/${plugin}.ts`, import.meta.url);
  const missing = { model_name: 'no/where' };
  const subject = { module, context, options: { model_name }, missing, modalities, rounds };
  for (const { name, timeout, run } of await conformanceTests(subject)) test(name, { timeout }, run);
});
