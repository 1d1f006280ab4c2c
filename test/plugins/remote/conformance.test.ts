import { describe, test } from 'vitest';
import { conformanceTests } from '../../../src/plugins/testing/conformance.ts';
import { openAi, pixano, startServer } from './scripted-server.ts';

const context = { modelFolders: [], threads: 2 };

// They go with the process: the suite names its tests before any of them runs.
const kinds = [
  { plugin: 'openai-compatible', path: '/v1', server: await startServer(openAi) },
  { plugin: 'pixano-inference', path: '', server: await startServer(pixano) },
];

describe.each(kinds)('$plugin', async ({ plugin, path, server }) => {
  const module = new URL(`../../../src/plugins/remote/${plugin}.ts`, import.meta.url);
  const options = { name: 'clip', base_url: server.url + path };
  const missing = { ...options, name: 'nowhere', base_url: 'http://gpu.example.org' };
  const subject = { module, context, options, missing };
  for (const { name, timeout, run } of await conformanceTests(subject)) test(name, { timeout }, run);
});
