import type { Command } from 'commander';
import type { Dataset } from '../core/dataset.ts';
import { ConflictError } from '../core/errors.ts';
import { functionNotice } from '../core/python-functions.ts';
import { SchemaRelation } from '../core/schema-relation.ts';
import { ViewEmbedding } from '../core/view-embedding.ts';
import { selectViews } from '../core/view-selection.ts';
import { type EmbeddingJob, isFinished } from '../jobs/embedding-job.ts';
import type { ConfigFlags } from './config.ts';
import { collected } from './config-flags.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { optionValues } from './option-values.ts';
import { runEmbedding } from './run-embedding.ts';
import { findDataset, openWorkspace } from './workspace.ts';

interface EmbedFlags extends ConfigFlags {
  readonly table: string;
  readonly function?: string;
  readonly option: readonly string[];
  readonly view?: string;
  readonly limit?: number;
  readonly recompute?: true;
  readonly json?: true;
}

const HELP = `
In datasets of Pixano 0.7 and later the name "embeddings" is that of Pixano 0.8's own table. It
holds one vector a record, that of its first picture, and keeps no more of its function than the
name of a model folder for open-clip; Pixano 0.8 searches and extends it. With any other name the
table holds a vector of every picture, and Pixano 0.7 and Viewfinder search it.

Where another process is already at work on the table, its progress is shown; Ctrl-C then leaves it alone.

Exit status: 0 done, 3 done but some views failed, 1 failed, 130 interrupted or cancelled.`;

export function embedCommand(): Command {
  return libraryCommand('embed', 'Bring an embedding table up to date; make it if it is not there.')
    .argument('<dataset>', 'id, folder or unique name of a dataset')
    .requiredOption('--table <name>', 'embedding table, such as emb_open-clip')
    .option('--function <name>', 'LanceDB embedding function of a new table (default: open-clip)')
    .option('--option <key=value>', 'option of the function; may be repeated', collected, [])
    .option('--view <name>', 'only the views of this table')
    .option('--limit <n>', 'only the first so many views', wholeNumber(1))
    .option('--recompute', 'all views, replacing the vectors that they have')
    .option('--json', 'one line of JSON a snapshot')
    .addHelpText('after', HELP)
    .action(embed);
}

async function embed(name: string, flags: EmbedFlags): Promise<void> {
  await using workspace = await openWorkspace(flags);
  const dataset = await findDataset(workspace.library, name);
  const { table, view, limit, recompute } = flags;
  const selection = { table: view, limit };
  // Checked first: input that is wrong must not leave an empty table behind.
  await selectViews(dataset.views, dataset.layout, selection);
  const makeTable = () => ensureTable(dataset, flags);
  const job = await runEmbedding(workspace, dataset, { table, selection, recompute }, { makeTable, json: flags.json });
  process.exitCode = exitCodeOf(job);
}

async function ensureTable(dataset: Dataset, flags: EmbedFlags): Promise<void> {
  const { table: tableName, function: named, option } = flags;
  const existing = await dataset.findEmbeddingTable(tableName);
  if (existing !== null && named === undefined && option.length === 0) return;
  const embeddingFunction = named ?? existing?.space.embeddingFunction ?? 'open-clip';
  const options = optionValues(option, dataset.models.pluginFor(embeddingFunction));
  await createTable(dataset, tableName, embeddingFunction, options);
  const notice = existing === null ? functionNotice(embeddingFunction) : null;
  if (notice !== null) process.stderr.write(`viewfinder: ${notice}\n`);
}

/** Makes a table for the vectors of one function, or leaves the one that is there for the same. */
export async function createTable(
  dataset: Dataset,
  tableName: string,
  embeddingFunction: string,
  options: Record<string, unknown>,
): Promise<void> {
  const schema = await ViewEmbedding.createSchema({ embeddingFunction, tableName, dataset, options });
  const relation = SchemaRelation.OneToOne;
  const create = () => dataset.createTable({ name: tableName, schema, relation, existOk: true });
  await create().catch((error: unknown) => {
    // Another process may have been quicker, and its table be just what is asked for here.
    if (error instanceof ConflictError) return create();
    throw error;
  });
}

export function exitCodeOf(job: EmbeddingJob): number {
  const { state, failed } = job;
  if (state === 'INTERRUPTED' || state === 'CANCELLED' || !isFinished(job)) return 130;
  if (state !== 'SUCCEEDED') return 1;
  return failed > 0 ? 3 : 0;
}
