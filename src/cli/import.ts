import { dirname, join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type ImportInput, type ImportProgress, importPictures } from '../core/import/import-pictures.ts';
import type { PictureFacts } from '../core/import/read-item.ts';
import { MediaError } from '../core/media.ts';
import { ImageError, MEDIA_CODES } from '../imaging/image-error.ts';
import { type ConfigFlags, readConfig } from './config.ts';
import { libraryCommand } from './flags.ts';
import { ImportReport } from './import-report.ts';
import { Interruption } from './interruption.ts';
import { libraryPath } from './workspace.ts';

interface ImportFlags extends ConfigFlags {
  readonly name: string;
  readonly layout?: 'items' | 'records';
  readonly byUri?: true;
}

const LAYOUTS = { items: 'ITEMS', records: 'RECORDS' } as const;
const INTERRUPTED = 130;

const HELP = `
Each folder within SRC is a split; pictures that lie in SRC itself are of the split "default". With a
metadata.jsonl in it (of Pixano 0.6, 0.7 or 0.8), a split has the pictures, attributes, entities,
boxes, masks and keypoints of its lines; without one, every picture below it. Videos, texts and point
clouds are not taken. A dataset that is there gets what it does not have yet.

Exit status: 0 done, 3 done but some pictures were left out, 1 failed, 2 wrong input (nothing was
written), 130 interrupted.`;

export function importCommand(): Command {
  return libraryCommand('import', 'Make a dataset of a folder of pictures, or add to one what is new.')
    .argument('<src>', 'folder of pictures')
    .requiredOption('--name <name>', 'name of the dataset')
    .addOption(new Option('--layout <layout>', 'of a new dataset (default: records)').choices(['items', 'records']))
    .option('--by-uri', 'leave the pictures where they are; the records layout keeps their paths')
    .addHelpText('after', HELP)
    .action(importFolder);
}

async function importFolder(source: string, flags: ImportFlags): Promise<void> {
  const { config } = await readConfig(flags);
  const library = libraryPath(config);
  const media = config.media ?? join(dirname(resolve(library)), 'media');
  const { name, layout, byUri = false } = flags;
  const readPicture = (bytes: Uint8Array) => inspect(bytes, config.maxPixels);
  const last = await run({ source, library, media, name, layout: layout && LAYOUTS[layout], byUri, readPicture });
  process.exitCode = exitCodeOf(last);
  if (byUri && relative(resolve(media), resolve(source)).startsWith('..')) {
    const where = resolve(source);
    process.stderr.write(
      `viewfinder: the pictures stay in ${where}: embed and serve read them with --media ${where}\n`,
    );
  }
}

/** Ctrl-C and SIGTERM let what was read be written. */
async function run(input: ImportInput): Promise<ImportProgress | null> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const report = new ImportReport();
  let last: ImportProgress | null = null;
  try {
    for await (last of importPictures(input, { signal })) report.show(last);
  } catch (error) {
    report.clear();
    if (error !== signal.reason) throw error;
  }
  report.end(last);
  return last;
}

function exitCodeOf(last: ImportProgress | null): number {
  if (last?.finished !== true) return INTERRUPTED;
  return last.failures.length > 0 ? 3 : 0;
}

async function inspect(bytes: Uint8Array, maxPixels: number): Promise<PictureFacts> {
  // The other commands start sooner without what decodes pictures; Node keeps the module.
  const { inspectPicture } = await import('../imaging/inspect-picture.ts');
  try {
    return await inspectPicture(bytes, maxPixels);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new MediaError(MEDIA_CODES[error.code], `${error.message}.`, { cause: error });
  }
}
