import type { Command } from 'commander';
import type { Dataset } from '../core/dataset.ts';
import { SchemaRelation } from '../core/schema-relation.ts';
import { ViewEmbedding } from '../core/view-embedding.ts';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import { EmbeddingJobs } from '../jobs/embedding-jobs.ts';
import { EmbedReport } from './embed-report.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { optionValues } from './option-values.ts';
import { stderrLog } from './stderr-log.ts';
import { findDataset, type LibraryFlags, openWorkspace } from './workspace.ts';

interface EmbedFlags extends LibraryFlags {
  readonly table: string;
  readonly function?: string;
  readonly option: readonly string[];
  readonly view?: string;
  readonly limit?: number;
  readonly recompute?: true;
  readonly json?: true;
}

export function embedCommand(): Command {
  return libraryCommand('embed', 'Bring an embedding table up to date; make it if it is not there.')
    .argument('<dataset>', 'id, folder or unique name of a dataset')
    .requiredOption('--table <name>', 'embedding table, such as emb_open-clip')
    .option('--function <name>', 'LanceDB embedding function of a new table (default: open-clip)')
    .option('--option <key=value>', 'option of the function; may be repeated', collect, [])
    .option('--view <name>', 'only the views of this table')
    .option('--limit <n>', 'only the first so many views', wholeNumber(1))
    .option('--recompute', 'all views, replacing the vectors that they have')
    .option('--json', 'one line of JSON a snapshot')
    .addHelpText('after', '\nExit status: 0 done, 3 done but some views failed, 1 failed, 130 interrupted.')
    .action(embed);
}

async function embed(name: string, flags: EmbedFlags): Promise<void> {
  await using workspace = await openWorkspace(flags);
  const dataset = await findDataset(workspace.library, name);
  await ensureTable(dataset, flags);
  await using jobs = new EmbeddingJobs(stderrLog());
  const { table, view, limit, recompute } = flags;
  const { id } = await jobs.start(dataset, { table, selection: { table: view, limit }, recompute });
  const interrupt = () => void jobs[Symbol.asyncDispose]();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const report = new EmbedReport(flags.json === true);
  for await (const { job } of jobs.feed(id)?.follow({}) ?? []) report.show(job);
  const job = jobs.get(id);
  if (job === null) return;
  report.end(job);
  process.exitCode = exitCodeOf(job);
}

async function ensureTable(dataset: Dataset, flags: EmbedFlags): Promise<void> {
  const { table: tableName, function: named, option } = flags;
  const existing = await dataset.findEmbeddingTable(tableName);
  if (existing !== null && named === undefined && option.length === 0) return;
  const embeddingFunction = named ?? existing?.space.embeddingFunction ?? 'open-clip';
  const options = optionValues(option, dataset.models.pluginFor(embeddingFunction));
  const schema = await ViewEmbedding.createSchema({ embeddingFunction, tableName, dataset, options });
  const relation = SchemaRelation.OneToOne;
  await dataset.createTable({ name: tableName, schema, relation, existOk: true });
}

function exitCodeOf({ state, failed }: EmbeddingJob): number {
  if (state === 'INTERRUPTED') return 130;
  if (state !== 'SUCCEEDED') return 1;
  return failed > 0 ? 3 : 0;
}

function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}
