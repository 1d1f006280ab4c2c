import type { Command } from 'commander';
import type { Dataset } from '../core/dataset.ts';
import type { ConfigFlags } from './config.ts';
import { libraryCommand } from './flags.ts';
import { oneLine } from './one-line.ts';
import { textTable } from './text-table.ts';
import { openWorkspace } from './workspace.ts';

export function datasetsCommand(): Command {
  return libraryCommand('datasets', 'List the datasets of a library.')
    .option('--json', 'as JSON, in the words of the GraphQL API')
    .action(listDatasets);
}

async function listDatasets(flags: ConfigFlags & { readonly json?: true }): Promise<void> {
  await using workspace = await openWorkspace(flags);
  const { library } = workspace;
  for (const { folder, message } of await library.problems()) {
    process.stderr.write(`viewfinder: ${folder} cannot be opened: ${oneLine(message)}\n`);
  }
  const read = (await library.datasets()).map((dataset) => summaryOf(dataset).catch((error) => tell(dataset, error)));
  const summaries = (await Promise.all(read)).filter((summary) => summary !== null);
  process.stdout.write(flags.json ? `${JSON.stringify(summaries, null, 2)}\n` : describe(summaries));
}

/** One dataset that cannot be read hides no other. */
function tell({ folder }: Dataset, error: unknown): null {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`viewfinder: ${folder} cannot be read: ${oneLine(message)}\n`);
  return null;
}

type Summary = Awaited<ReturnType<typeof summaryOf>>;

async function summaryOf(dataset: Dataset) {
  const readable = (await dataset.embeddingTables()).map(async (table) => {
    const { name, space } = table;
    const { health } = await dataset.health(table);
    const unread = { rows: null, views: null, embedded: null };
    const { rows, views, embedded } = health === 'CORRUPT' ? unread : await dataset.coverage(table);
    return { name, function: space.embeddingFunction, rows, views, embedded, health };
  });
  const unreadable = (await dataset.unreadableTables()).map(({ name }) => {
    return { name, function: '', rows: null, views: null, embedded: null, health: 'CORRUPT' as const };
  });
  const tables = [...(await Promise.all(readable)), ...unreadable];
  return {
    id: dataset.id,
    folder: dataset.folder,
    name: dataset.name,
    layout: dataset.layout.kind,
    items: await dataset.items.count(),
    embeddingTables: tables.sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function describe(summaries: readonly Summary[]): string {
  if (summaries.length === 0) return 'There are no datasets.\n';
  const rows = summaries.map(({ folder, name, layout, items, embeddingTables }) => {
    const tables = embeddingTables.map((table) => `${table.name} (${table.health.toLowerCase()})`).join(', ');
    return [folder, name, layout.toLowerCase(), items, tables || '–'];
  });
  return textTable(['folder', 'name', 'layout', 'items', 'embedding tables'], rows);
}
