import { definePlugin } from '../embedding-plugin.ts';
import { runtime } from './availability.ts';
import { locate } from './locate.ts';
import { listModelFolders } from './model-folder.ts';
import { siglipChoice, siglipOptions } from './options.ts';

/** A plugin of its own, for a plugin has one schema of options, and Python's function has others than `transformers`. */
export default definePlugin({
  name: 'siglip',
  version: '0.1.0',
  description: 'SigLIP and SigLIP2 models in ONNX, with the vectors that LanceDB’s siglip function gives in Python.',
  functions: ['siglip'],
  modalities: ['image', 'text'],
  options: siglipOptions,

  async availability() {
    return runtime();
  },

  async models({ modelFolders }) {
    const models = await listModelFolders(modelFolders);
    return models
      .filter(({ type }) => type === 'siglip')
      .map(({ name, dimensions }) => ({ name, dimensions, installed: true }));
  },

  async locate(options, { modelFolders }) {
    return locate(siglipChoice(options), modelFolders);
  },

  async load(options, context) {
    const { TransformersModel } = await import('./transformers-model.ts');
    return TransformersModel.load(siglipChoice(options), context);
  },
});
