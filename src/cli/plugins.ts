import type { Command } from 'commander';
import { pluginStanding } from '../core/embedding-models.ts';
import type { EmbeddingPlugin } from '../plugins/embedding-plugin.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import type { ConfigFlags } from './config.ts';
import { command } from './flags.ts';
import { textTable } from './text-table.ts';
import { openPlugins } from './workspace.ts';

export function pluginsCommand(): Command {
  return command('plugins', 'List the embedding plugins, and the models that they find.')
    .option('--json', 'as JSON, in the words of the GraphQL API')
    .action(listPlugins);
}

async function listPlugins(flags: ConfigFlags & { readonly json?: true }): Promise<void> {
  await using registry = await openPlugins(flags);
  const summaries = await Promise.all(registry.plugins.map((plugin) => summaryOf(plugin, registry)));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(summaries, null, 2)}\n`);
    return;
  }
  const rows = summaries.map(({ name, functions, modalities, available, reason, models }) => [
    name,
    functions.join(', '),
    modalities.join(', ').toLowerCase(),
    available ? 'yes' : `no: ${reason}`,
    models.map((model) => model.name + (model.installed ? '' : ' (not installed)')).join(', ') || '–',
  ]);
  process.stdout.write(textTable(['plugin', 'functions', 'embeds', 'available', 'models'], rows));
}

async function summaryOf(plugin: EmbeddingPlugin, registry: PluginRegistry) {
  const { available, reason, models } = await pluginStanding(registry, plugin);
  return {
    name: plugin.name,
    functions: plugin.functions,
    modalities: plugin.modalities.map((modality) => modality.toUpperCase()),
    available,
    reason,
    models: models.map(({ name, installed, dimensions }) => ({ name, installed, dimensions })),
  };
}
