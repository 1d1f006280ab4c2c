import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDatasetInfo } from '../dataset-info.ts';
import { ConflictError, ValidationError } from '../errors.ts';
import { readItemsSchema } from '../items-schema-file.ts';
import { canLock, lockDataset } from '../write-lock.ts';
import type { NewDatasetInput } from './dataset-layout.ts';
import { openItemsDataset } from './existing-items-dataset.ts';
import { openRecordsDataset } from './existing-records-dataset.ts';
import type { ImportTarget } from './import-target.ts';
import { newItemsDataset } from './new-items-dataset.ts';
import { newRecordsDataset } from './new-records-dataset.ts';
import type { SourceSurvey } from './source-survey.ts';
import { UnfinishedDataset } from './unfinished-dataset.ts';

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
  readonly folder: string;
  readonly layout: LayoutKind;
  open(survey: SourceSurvey): Promise<ImportTarget>;
}

/** @throws ValidationError, ConflictError, DatasetUnreadableError */
export async function chooseTarget(input: TargetInput): Promise<ChosenTarget> {
  const folder = folderOf(input.name);
  const path = join(input.library, folder);
  const existing = await layoutOf(path, input.name);
  const kind = existing ?? input.layout ?? 'RECORDS';
  if (input.layout !== undefined && input.layout !== kind) {
    throw new ConflictError(
      'CONFLICT',
      `The dataset in ${path} is of the ${kind.toLowerCase()} layout already: leave --layout out, or take another --name.`,
    );
  }
  if (input.byUri && kind === 'ITEMS') {
    throw ValidationError.at('byUri', 'Pictures stay where they are only in the records layout: leave --by-uri out.');
  }
  return { folder, layout: kind, open: (survey) => openTarget(path, kind, input, survey) };
}

async function openTarget(
  path: string,
  kind: LayoutKind,
  input: TargetInput,
  survey: SourceSurvey,
): Promise<ImportTarget> {
  if ((await layoutOf(path, input.name)) !== null) {
    return kind === 'ITEMS' ? openItemsDataset(path, survey) : openRecordsDataset(path, survey, input.byUri);
  }
  // The lock of Pixano 0.8, for all of the time: two imports must not make the same dataset.
  const lock = (await canLock()) ? await lockDataset(path) : null;
  try {
    if ((await layoutOf(path, input.name)) !== null) {
      await lock?.[Symbol.asyncDispose]();
      return await openTarget(path, kind, input, survey);
    }
    return await newTarget(path, kind, input, survey, lock);
  } catch (error) {
    await lock?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function newTarget(
  path: string,
  kind: LayoutKind,
  { name, byUri }: TargetInput,
  survey: SourceSurvey,
  lock: AsyncDisposable | null,
): Promise<ImportTarget> {
  const { itemColumns, entityColumns } = survey;
  const views = [...survey.views.keys()];
  const dataset: NewDatasetInput = { id: null, name, description: '', views, itemColumns, entityColumns, byUri };
  const layout = kind === 'ITEMS' ? newItemsDataset(dataset) : newRecordsDataset(dataset);
  layout.rows.check(survey);
  const unfinished = await UnfinishedDataset.open(path, layout);
  return {
    store: unfinished.store,
    itemTable: layout.rows.itemTable,
    write: (items) => unfinished.write(items),
    finish: () => unfinished.finish(),
    async [Symbol.asyncDispose]() {
      await lock?.[Symbol.asyncDispose]();
    },
  };
}

/** As Pixano 0.8 names a dataset's folder. @throws ValidationError */
function folderOf(name: string): string {
  const folder = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
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
  if (![info.name, info.id, folderOf(info.name)].includes(name) && folderOf(name) !== name) {
    throw new ConflictError(
      'CONFLICT',
      `The folder ${path} is that of the dataset "${info.name}": add to it with that --name, or take another.`,
    );
  }
  return (await readItemsSchema(path)) === null ? 'RECORDS' : 'ITEMS';
}
