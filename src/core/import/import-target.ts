import type * as Arrow from 'apache-arrow';
import { ValidationError } from '../errors.ts';
import type { TableStore } from '../table-store.ts';
import { AttributeColumns, columnOf } from './attribute-column.ts';
import type { ReadItem } from './read-item.ts';
import type { Mark, SourceSurvey } from './source-survey.ts';

/** The dataset that items go into. */
export interface ImportTarget extends AsyncDisposable {
  readonly store: TableStore;
  readonly itemTable: string;
  /** Writes what of the items is not there yet. @throws ConflictError DATASET_BUSY */
  write(items: readonly ReadItem[]): Promise<void>;
  /** To be called when all items are written. @throws ConflictError DATASET_BUSY */
  finish(): Promise<void>;
}

/** @throws ValidationError where the dataset has no table for what the source has */
export function checkTables(
  { views, marks }: SourceSurvey,
  has: { view(name: string): boolean; mark(mark: Mark): boolean },
): void {
  for (const [view, where] of views) {
    if (has.view(view)) continue;
    throw ValidationError.at('metadata', `${where}: the dataset has no pictures of a view "${view}".`);
  }
  for (const [mark, where] of marks) {
    if (has.mark(mark)) continue;
    throw ValidationError.at('metadata', `${where}: the dataset has no table of ${mark}.`);
  }
}

/** The columns of a table that attributes may fill: those that are not Pixano's own. */
export function attributeColumns({ fields }: Arrow.Schema, own: readonly string[]): AttributeColumns {
  return new AttributeColumns(
    fields
      .filter(({ name }) => !own.includes(name))
      .map(columnOf)
      .filter((column) => column !== null),
  );
}
