import type { IdentifiedItem, IdentifiedView } from './identified-item.ts';
import type { SourceSurvey } from './source-survey.ts';

/** What is noted of a picture that could be read. */
export interface PictureFacts {
  /** Pixels, as the file has them: no orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** As Pillow names it, such as `JPEG`. */
  readonly format: string;
  /** A PNG of at most 64 pixels a side. */
  readonly preview: Uint8Array;
}

export interface StoredPicture extends PictureFacts {
  readonly view: IdentifiedView;
  /** Where Pixano finds the file; "" where the table holds its bytes. */
  readonly address: string;
  /** Empty where the file stays a file. */
  readonly bytes: Uint8Array;
}

/** An item whose pictures could all be read, and are where they are to stay. */
export interface ReadItem extends IdentifiedItem {
  readonly pictures: readonly StoredPicture[];
}

/** A row that is to be in a table, with values for the columns that have no default. */
export interface NewRow {
  readonly table: string;
  readonly values: { readonly id: string } & Readonly<Record<string, unknown>>;
}

/** Makes the rows of one layout. */
export interface RowMaker {
  readonly itemTable: string;
  /** @throws ValidationError where a column that is needed is not there, or of another type */
  check(needed: Pick<SourceSurvey, 'itemColumns' | 'entityColumns'>): void;
  /** All of an item's rows, its own included. */
  rowsOf(item: ReadItem): Iterable<NewRow>;
}
