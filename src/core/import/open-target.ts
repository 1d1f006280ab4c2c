import { lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readDatasetInfo } from '../dataset-info.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import { readItemsSchema } from '../items-schema-file.ts';
import { canLock, lockDataset } from '../write-lock.ts';
import type { NewDatasetLayout } from './dataset-layout.ts';
import { openItemsDataset } from './existing-items-dataset.ts';
import { openRecordsDataset } from './existing-records-dataset.ts';
import type { ImportTarget } from './import-target.ts';
import { newItemsDataset } from './new-items-dataset.ts';
import { newRecordsDataset } from './new-records-dataset.ts';
import type { SourceFolder } from './source-folder.ts';
import type { SourceSurvey } from './source-survey.ts';
import { UnfinishedDataset } from './unfinished-dataset.ts';

/** Characters that leave room for those around them in the names of the lock and of what is unfinished. */
const LONGEST_FOLDER = 200;

export type LayoutKind = 'ITEMS' | 'RECORDS';

/** Which dataset of a library is meant, and how it is to be if it is not there. */
export interface TargetInput {
  readonly library: string;
  /** The dataset's name; its folder's is derived from it as Pixano 0.8 does. */
  readonly name: string;
  /** Left out for that of the dataset, or RECORDS where there is none. */
  readonly layout?: LayoutKind | undefined;
  /** Whether the pictures stay files, which the records layout allows. */
  readonly byUri: boolean;
}

export interface ChosenTarget {
  /** Name of the dataset's folder. */
  readonly folder: string;
  readonly layout: LayoutKind;
  /**
   * Checks, without writing anything, that what the source has can go into the dataset.
   * @returns what opens it for writing
   * @throws ValidationError
   */
  prepare(
    source: SourceFolder,
    survey: SourceSurvey,
  ): Promise<(signal: AbortSignal | undefined) => Promise<ImportTarget>>;
}

/** @throws ValidationError, ConflictError, DatasetUnreadableError */
export async function chooseTarget(input: TargetInput): Promise<ChosenTarget> {
  const folder = folderOf(input.name);
  const path = join(input.library, folder);
  const existing = await layoutOf(path, input.name);
  const layout = existing ?? input.layout ?? 'RECORDS';
  if (input.layout !== undefined && input.layout !== layout) {
    throw new ConflictError(
      'CONFLICT',
      `The dataset in ${path} is of the ${layout.toLowerCase()} layout already: leave --layout out, or take another --name.`,
    );
  }
  if (input.byUri && layout === 'ITEMS') {
    throw ValidationError.at('byUri', 'Pictures stay where they are only in the records layout: leave --by-uri out.');
  }
  const openExisting = (survey: SourceSurvey) =>
    layout === 'ITEMS' ? openItemsDataset(path, survey) : openRecordsDataset(path, survey, input.byUri);
  return {
    folder,
    layout,
    async prepare(source, survey) {
      if (existing !== null) {
        const target = await openExisting(survey);
        return async () => target;
      }
      const files = newLayout(layout, input, survey);
      return async (signal) => {
        // The lock of Pixano 0.8, for all of the time: two imports must not make the same dataset.
        const lock = (await canLock()) ? await lockDataset(path, { signal }) : null;
        if ((await layoutOf(path, input.name)) === null) {
          return newTarget(path, files, JSON.stringify([source.realPath, input.byUri]), lock);
        }
        await lock?.[Symbol.asyncDispose]();
        return openExisting(survey);
      };
    },
  };
}

function newLayout(kind: LayoutKind, { name, byUri }: TargetInput, survey: SourceSurvey): NewDatasetLayout {
  const { itemColumns, entityColumns } = survey;
  const views = [...survey.views.keys()];
  const dataset = { id: null, name, description: '', views, itemColumns, entityColumns, byUri };
  const layout = kind === 'ITEMS' ? newItemsDataset(dataset) : newRecordsDataset(dataset);
  layout.rows.check(survey);
  return layout;
}

async function newTarget(
  path: string,
  layout: NewDatasetLayout,
  origin: string,
  lock: AsyncDisposable | null,
): Promise<ImportTarget> {
  await using opening = new AsyncDisposableStack();
  if (lock !== null) opening.use(lock);
  const unfinished = await UnfinishedDataset.open(path, layout, origin);
  const held = opening.move();
  return {
    store: unfinished.store,
    itemTable: layout.rows.itemTable,
    write: (items) => unfinished.write(items),
    finish: () => unfinished.finish(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** As Pixano 0.8 names a dataset's folder. @throws ValidationError */
function folderOf(name: string): string {
  const folder = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  if (folder.length > LONGEST_FOLDER) {
    throw ValidationError.at(
      'name',
      `A dataset's folder is named after it: "${name.slice(0, 40)}…" makes ${folder.length} characters, and at most ${LONGEST_FOLDER} are taken.`,
    );
  }
  if (folder !== '' && !/\p{Cc}/u.test(name)) return folder;
  throw ValidationError.at(
    'name',
    `${JSON.stringify(name)} cannot name a dataset: use at least one letter from a to z or digit.`,
  );
}

/** Null where there is no such dataset yet. @throws ConflictError where something else is there */
async function layoutOf(path: string, name: string): Promise<LayoutKind | null> {
  if ((await lstat(path).catch(() => null)) === null) return null;
  if ((await lstat(join(path, 'info.json')).catch(() => null)) === null) {
    throw new ConflictError('CONFLICT', `${path} is there and no dataset: take another --name.`);
  }
  const info = await readDatasetInfo(path);
  if (![info.name, info.id, basename(path)].includes(name)) {
    throw new ConflictError(
      'CONFLICT',
      `The folder ${path} is that of the dataset "${info.name}": add to it with that --name, or take another.`,
    );
  }
  return (await readItemsSchema(path)) === null ? 'RECORDS' : 'ITEMS';
}
