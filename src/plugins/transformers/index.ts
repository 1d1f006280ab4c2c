import { definePlugin } from '../embedding-plugin.ts';
import { runtime } from './availability.ts';
import { locate } from './locate.ts';
import { listModelFolders } from './model-folder.ts';
import { transformersChoice, transformersOptions } from './options.ts';

export default definePlugin({
  name: 'transformers',
  version: '0.1.0',
  description: 'CLIP, SigLIP, SigLIP2 and models of images alone, such as DINOv2, from Hugging Face in ONNX.',
  functions: ['transformers'],
  modalities: ['image', 'text'],
  options: transformersOptions,

  async availability() {
    return runtime();
  },

  async models({ modelFolders }) {
    const models = await listModelFolders(modelFolders);
    return models.map(({ name, dimensions }) => ({ name, dimensions, installed: true }));
  },

  async locate(options, { modelFolders }) {
    return locate(transformersChoice(options), modelFolders, (revision) => ({ ...options, revision }));
  },

  async load(options, context) {
    // Native libraries stay out of the server: this runs in the model's own process.
    const { TransformersModel } = await import('./transformers-model.ts');
    return TransformersModel.load(transformersChoice(options), context);
  },
});
