import type { Command } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { MediaFile } from '../core/media-file.ts';
import type { SearchExplain } from '../core/search/explain.ts';
import type { SearchQuery } from '../core/search/query.ts';
import type { SearchAnswer } from '../core/search/search.ts';
import type { ConfigFlags } from './config.ts';
import { collected } from './config-flags.ts';
import { filterOf } from './filter-flag.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { hitsTable } from './hits-table.ts';
import { findDataset, openWorkspace } from './workspace.ts';

interface SearchFlags extends ConfigFlags {
  readonly table?: string;
  readonly image?: string;
  readonly limit: number;
  readonly skip: number;
  readonly filter: readonly string[];
  readonly exact?: true;
  readonly explain?: true;
  readonly json?: true;
}

export function searchCommand(): Command {
  return libraryCommand('search', 'Find the items that are nearest to a text or a picture.')
    .argument('<dataset>', 'id, folder or unique name of a dataset')
    .argument('[text]', 'what to look for')
    .option('--table <name>', 'embedding table (default: the only one)')
    .option('--image <file>', 'look for what is like this picture')
    .option('--limit <n>', 'how many items', wholeNumber(1), 5)
    .option('--skip <n>', 'how many to leave out before them', wholeNumber(0), 0)
    .option('--filter <filter>', 'COL:OP:VALUE on the columns of the items; all of several must hold', collected, [])
    .option('--exact', 'compare every vector, even where the table has an index')
    .option('--explain', 'say how the answer was found')
    .option('--json', 'as JSON')
    .action(search);
}

async function search(name: string, text: string | undefined, flags: SearchFlags): Promise<void> {
  const query = await queryOf(text, flags.image);
  await using workspace = await openWorkspace(flags);
  const dataset = await findDataset(workspace.library, name);
  const filter = filterOf(flags.filter, await dataset.items.columns());
  const { table, limit, skip: offset, exact } = flags;
  const answer = await dataset.search({ query, table, limit, offset, filter, exact }).catch((error) => {
    throw flags.image === undefined ? error : aboutFile(error, flags.image);
  });
  process.stdout.write(flags.json ? asJson(answer, flags) : describe(answer, flags));
}

async function queryOf(text: string | undefined, image: string | undefined): Promise<SearchQuery> {
  if (text !== undefined && image !== undefined)
    throw ValidationError.at('image', 'Give a text or --image, and not both.');
  if (text !== undefined) return { text };
  if (image === undefined)
    throw ValidationError.at('text', 'Say what to look for: a text, or a picture with --image FILE.');
  try {
    await using file = await MediaFile.open(image, image);
    return { image: await file.read() };
  } catch (cause) {
    const message = `The picture cannot be searched for: ${cause instanceof Error ? cause.message : cause}`;
    throw new ValidationError([{ path: ['image'], message }], { cause });
  }
}

/** What is wrong with such a query is wrong with the file that it was read from. */
function aboutFile(error: unknown, file: string): unknown {
  if (!(error instanceof ValidationError) || error.issues[0]?.path[0] !== 'query') return error;
  return new ValidationError([{ path: ['image'], message: `${file}: ${error.message}` }], { cause: error });
}

function asJson({ table, hits, explain }: SearchAnswer, flags: SearchFlags): string {
  const results = hits.map(({ item, view, distance }) => {
    return { item: item.id, view: view.id, distance, attributes: item.attributes };
  });
  const answer = { table: table.name, results, ...(flags.explain ? { explain: named(explain) } : {}) };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

/** With the names that the API has for it. */
function named({ index, ...explain }: SearchExplain) {
  const { type: indexType = null, nprobes = null, refineFactor = null } = index ?? {};
  return { ...explain, indexType, nprobes, refineFactor };
}

function describe({ hits, explain }: SearchAnswer, flags: SearchFlags): string {
  const found = hitsTable(hits, flags.skip + 1);
  if (!flags.explain) return found;
  const { plan, candidates, embedMs, searchMs, fetchMs } = explain;
  const steps = `query ${embedMs.toFixed(1)} ms, comparison ${searchMs.toFixed(1)} ms, items ${fetchMs.toFixed(1)} ms`;
  return `${found}${plan}\nVectors compared: ${candidates}; ${steps}.\n`;
}
