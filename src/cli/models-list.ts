import type { Command } from 'commander';
import { pluginStanding } from '../core/embedding-models.ts';
import { findFolder } from '../plugins/model-folders.ts';
import type { ConfigFlags } from './config.ts';
import { command } from './flags.ts';
import { oneLine } from './one-line.ts';
import { textTable } from './text-table.ts';
import { openPlugins } from './workspace.ts';

export function modelsListCommand(): Command {
  return command('list', 'List the models of every plugin: those that are here, and those known by name.')
    .option('--json', 'as JSON')
    .action(listModels);
}

async function listModels(flags: ConfigFlags & { readonly json?: true }): Promise<void> {
  await using registry = await openPlugins(flags);
  const lists = await Promise.all(
    registry.plugins.map(async (plugin) => {
      const { models, reason } = await pluginStanding(registry, plugin);
      if (reason !== null) process.stderr.write(`viewfinder: ${plugin.name}: ${oneLine(reason)}\n`);
      return Promise.all(
        models.map(async ({ name, installed, dimensions }) => {
          const folder = installed ? await folderOf(name, registry.context.modelFolders) : null;
          return { name, plugin: plugin.name, installed, dimensions, folder };
        }),
      );
    }),
  );
  const models = lists.flat();
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(models, null, 2)}\n`);
    return;
  }
  const rows = models.map(({ name, plugin, installed, dimensions, folder }) => [
    name,
    plugin,
    dimensions === null ? '–' : String(dimensions),
    folder ?? (installed ? '–' : `not here: viewfinder models pull ${name}`),
  ]);
  if (rows.length > 0) process.stdout.write(textTable(['model', 'plugin', 'dimensions', 'where'], rows));
  else
    process.stdout.write(`No models in ${registry.context.modelFolders.join(' or ')}: fetch one with "models pull".\n`);
}

/** Of a model in two halves, that of the pictures. Models of servers have none. */
async function folderOf(name: string, modelFolders: readonly string[]): Promise<string | null> {
  return (await findFolder(name, modelFolders)) ?? findFolder(`${name}-vision`, modelFolders);
}
