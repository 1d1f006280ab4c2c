import type * as Arrow from 'apache-arrow';

/** All that a column promises: its name and type, and what of it may be null. */
export function columnShape({ name, type, nullable }: Arrow.Field): unknown {
  return [name, String(type), nullable, ...(type.children ?? []).map(columnShape)];
}
