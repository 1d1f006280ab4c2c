import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';

// Columns as Pixano declares them: none can be null.

export const text = (name: string): Arrow.Field => new arrow.Field(name, new arrow.Utf8(), false);
export const int = (name: string): Arrow.Field => new arrow.Field(name, new arrow.Int64(), false);
export const float = (name: string): Arrow.Field => new arrow.Field(name, new arrow.Float64(), false);
export const bool = (name: string): Arrow.Field => new arrow.Field(name, new arrow.Bool(), false);
export const bytes = (name: string): Arrow.Field => new arrow.Field(name, new arrow.Binary(), false);
export const time = (name: string): Arrow.Field => new arrow.Field(name, new arrow.TimestampMicrosecond(), false);

/** The table and the id of another row. */
export const reference = (name: string): Arrow.Field =>
  new arrow.Field(name, new arrow.Struct([text('name'), text('id')]), false);

/** A list of what `each` makes. */
export const list = (name: string, each: (name: string) => Arrow.Field): Arrow.Field =>
  new arrow.Field(name, new arrow.List(new arrow.Field('item', each('item').type, true)), false);
