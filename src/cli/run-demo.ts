import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dataset } from '../core/dataset.ts';
import type { SearchHit } from '../core/search/search.ts';
import { type DemoLibrary, drawLibrary } from '../demo/library.ts';
import type { ConfigFlags } from './config.ts';
import { createTable, exitCodeOf } from './embed.ts';
import { hitsTable } from './hits-table.ts';
import { ProgressLine } from './progress-line.ts';
import { runEmbedding } from './run-embedding.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';
import { pictureLines, sideBySide } from './terminal-picture.ts';
import { findDataset, namedFolder, openWorkspace } from './workspace.ts';

export interface DemoFlags extends ConfigFlags {
  readonly models?: string;
  readonly folder: string;
  readonly serve: boolean;
}

const BUNDLED_MODELS = fileURLToPath(new URL('../../models', import.meta.url));
const TABLE = 'emb_open-clip';
const QUERY = 'a cat on the beach';
const HITS = 5;
/** Characters across one picture, and between two. */
const PICTURE = { columns: 22, gap: 2 };

/** Draws a library, or goes on with it; embeds, searches and serves it. */
export async function runDemo(flags: DemoFlags): Promise<void> {
  const models = (await namedFolder('models', flags.models && resolve(flags.models))) ?? BUNDLED_MODELS;
  const made = await draw(resolve(flags.folder));
  const { library, media } = made;
  const named = { ...flags, library, media, models };
  await using workspace = await openWorkspace(named);
  const dataset = await findDataset(workspace.library, made.dataset);
  const makeTable = () => createTable(dataset, TABLE, 'open-clip', { name: 'demo-clip', pretrained: '' });
  const exitCode = exitCodeOf(await runEmbedding(workspace, dataset, { table: TABLE }, { makeTable }));
  if (exitCode !== 0) {
    process.exitCode = exitCode;
    return;
  }
  const { hits } = await dataset.search({ table: TABLE, query: { text: QUERY }, limit: HITS });
  process.stdout.write(`\nSearch: “${QUERY}”\n\n${await pictures(dataset, hits)}${hitsTable(hits, 1)}\n`);
  if (!flags.serve) return;
  await serveUntilStopped(
    workspace,
    { host: '127.0.0.1', port: workspace.config.port, example: QUERY },
    nextSteps(made),
  );
}

async function draw(folder: string): Promise<DemoLibrary> {
  const line = new ProgressLine(process.stderr);
  const drawing = drawLibrary(folder);
  for (;;) {
    const step = await drawing.next();
    if (step.done) {
      line.clear();
      process.stdout.write(`Drawn scenes are in ${relative('.', folder) || '.'}.\n`);
      return step.value;
    }
    line.draw(step.value.drawn, step.value.total, ['drawing']);
  }
}

/** The hits as pictures, as many as fit beside each other; nothing where the terminal cannot show them. */
async function pictures(dataset: Dataset, hits: readonly SearchHit[]): Promise<string> {
  const { stdout } = process;
  if (!stdout.isTTY || !stdout.hasColors(2 ** 24)) return '';
  const count = Math.floor((stdout.columns + PICTURE.gap) / (PICTURE.columns + PICTURE.gap));
  const shown = hits.slice(0, count).map(async ({ view }) => {
    return pictureLines(await dataset.views.read(view), PICTURE.columns);
  });
  return `${sideBySide(await Promise.all(shown))}\n`;
}

function nextSteps({ library, media }: DemoLibrary): string {
  const folder = relative('.', dirname(library));
  const search = `npm run -s viewfinder -- search drawn_scenes "a yellow boat on the lake"`;
  return [
    '',
    'Open that address in a browser: GraphiQL has the tutorial in its tabs, and Ctrl-Enter runs one.',
    'Or, in another terminal:',
    '',
    `  ${search} --library ${folder}/${relative(dirname(library), library)} --models ${relative('.', BUNDLED_MODELS)}`,
    '',
    `The pictures are in ${relative('.', media)}. Ctrl-C stops the service; npm run demo goes on from here.`,
    '',
  ].join('\n');
}
