import { pluginStanding } from '../core/embedding-models.ts';
import type { KnownModel } from '../plugins/embedding-plugin.ts';
import { builder } from './builder.ts';
import { ModalityEnum } from './enums.ts';
import { EmbeddingPluginRef } from './refs.ts';

const EmbeddingModelRef = builder.objectRef<KnownModel>('EmbeddingModel').implement({
  description: 'A model that a plugin knows.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As the options name it.' }),
    dimensions: t.exposeInt('dimensions', {
      nullable: true,
      description: 'Length of its vectors; null where that shows only when it is loaded.',
    }),
    installed: t.exposeBoolean('installed', { description: 'Whether it can be loaded here without a download.' }),
  }),
});

EmbeddingPluginRef.implement({
  description: 'A backend that computes embeddings.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique in this service.' }),
    functions: t.field({
      type: ['String'],
      description: "The LanceDB embedding functions that it serves; a table's metadata name one of these.",
      resolve: (plugin) => [...plugin.functions],
    }),
    version: t.exposeString('version', { description: 'Of the plugin.' }),
    description: t.exposeString('description', { description: 'What it is, in a sentence.' }),
    modalities: t.field({
      type: [ModalityEnum],
      description: 'What it can embed.',
      resolve: (plugin) => [...plugin.modalities],
    }),
    optionsSchema: t.field({
      type: 'JSON',
      description: 'JSON Schema of the options that `createEmbeddingTable` takes for it.',
      resolve: (plugin) => plugin.options['~standard'].jsonSchema.input({ target: 'draft-2020-12' }),
    }),
    models: t.field({
      type: [EmbeddingModelRef],
      description: 'Models that it can load here without a download, and those it knows by name.',
      resolve: async (plugin, _args, { models }) => [...(await pluginStanding(models, plugin)).models],
    }),
    available: t.boolean({
      description: 'Whether it can run here.',
      resolve: async (plugin, _args, { models }) => (await pluginStanding(models, plugin)).available,
    }),
    unavailableReason: t.string({
      nullable: true,
      description: 'Why it cannot.',
      resolve: async (plugin, _args, { models, publicText }) => {
        const { reason } = await pluginStanding(models, plugin);
        return reason === null ? null : publicText.of(reason);
      },
    }),
  }),
});

builder.queryField('embeddingPlugins', (t) =>
  t.field({
    type: [EmbeddingPluginRef],
    description: 'The backends that this service has loaded.',
    resolve: (_root, _args, { models }) => [...models.plugins],
  }),
);
