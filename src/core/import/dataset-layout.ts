import type * as Arrow from 'apache-arrow';
import type { TableStore } from '../table-store.ts';
import type { AttributeColumn } from './attribute-column.ts';
import type { RowMaker } from './read-item.ts';

/** What a new dataset is to have. */
export interface NewDatasetInput {
  /** Null for one that is made up. */
  readonly id: string | null;
  readonly name: string;
  readonly description: string;
  readonly views: readonly string[];
  readonly itemColumns: readonly AttributeColumn[];
  readonly entityColumns: readonly AttributeColumn[];
  /** Whether the pictures stay files, which the tables only name. */
  readonly byUri: boolean;
}

/** How a new dataset is written in one of the two layouts. */
export interface NewDatasetLayout {
  readonly tables: ReadonlyMap<string, Arrow.Field[]>;
  readonly rows: RowMaker;
  /** Puts tables in order that have all of their rows. */
  settle(store: TableStore): Promise<void>;
  /** Writes the files beside the tables. `info.json` comes last: a folder that has it is a dataset. */
  writeFiles(folder: string): Promise<void>;
}
