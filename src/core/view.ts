import type { Row } from './row.ts';

/** Names one view in a dataset. */
export interface ViewKey {
  /** The table that holds it, `image` in the tutorial. */
  readonly table: string;
  readonly id: string;
}

/** One medium of an item, such as its image; never the medium's bytes. */
export interface View extends ViewKey {
  readonly itemId: string;
  /** Pixels; null where Pixano does not know. */
  readonly width: number | null;
  readonly height: number | null;
  /** As Pixano writes it, such as `JPEG`. */
  readonly format: string | null;
  /** Whether its table is one of pictures, which image models can embed. */
  readonly image: boolean;
  /** Its address as it is stored; "" where the table itself holds the bytes. */
  readonly address: string;
}

/** What both layouts note of a medium, in columns of the same names. */
export function mediumOf({ values: { width, height, format } }: Row): Pick<View, 'width' | 'height' | 'format'> {
  return {
    width: typeof width === 'number' ? width : null,
    height: typeof height === 'number' ? height : null,
    format: typeof format === 'string' ? format : null,
  };
}
