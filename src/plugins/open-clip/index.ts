import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Availability, definePlugin } from '../embedding-plugin.ts';
import { findModelFolder, listModelFolders } from './model-folder.ts';
import { dimensionsOf } from './model-layout.ts';
import { tableOptions } from './options.ts';

export default definePlugin({
  name: 'open-clip',
  version: '0.1.0',
  description:
    'OpenCLIP and SigLIP models in ONNX, with the vectors that LanceDB’s open-clip function gives in Python.',
  functions: ['open-clip'],
  modalities: ['image', 'text'],
  options: tableOptions,

  async availability() {
    return onnxRuntime();
  },

  async models({ modelFolders }) {
    const folders = await listModelFolders(modelFolders);
    return folders.map(({ name, dimensions }) => ({ name, dimensions, installed: true }));
  },

  async locate(options, { modelFolders }) {
    const search = await findModelFolder(options, modelFolders);
    return search.found
      ? { installed: true, name: search.name, dimensions: await dimensionsOf(search.layout) }
      : { installed: false, name: search.name, reason: search.reason };
  },

  async load(options, context) {
    // Native libraries stay out of the server: this runs in the model's own process.
    const { ClipModel } = await import('./clip-model.ts');
    return ClipModel.load(options, context);
  },
});

/** Looks for the native library without loading it. */
function onnxRuntime(): Availability {
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node');
    const binary = join(
      dirname(main),
      '..',
      'bin',
      'napi-v6',
      process.platform,
      process.arch,
      'onnxruntime_binding.node',
    );
    if (existsSync(binary)) return { available: true };
    return { available: false, reason: `onnxruntime-node has no binary for ${process.platform} on ${process.arch}.` };
  } catch {
    return { available: false, reason: 'The package onnxruntime-node is not installed: run npm ci.' };
  }
}
