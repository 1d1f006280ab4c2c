import { hash } from 'node:crypto';
import type { ViewKey } from '../view.ts';

/** What to look for. */
export type SearchQuery =
  | { readonly text: string }
  /** The bytes of a picture file. */
  | { readonly image: Uint8Array }
  /** The http or https address of a picture, on a host that is allowed. */
  | { readonly imageUrl: string }
  /** A view of the dataset, to find more like it; it is itself no hit, and by items nor is its item. */
  | { readonly view: ViewKey }
  /** In the space of the table. */
  | { readonly vector: readonly number[] | Float32Array };

/** What JSON makes another text of for another query. */
export function queryKey(query: SearchQuery): unknown {
  if ('image' in query) return { image: hash('sha256', query.image, 'base64url') };
  if ('vector' in query) return { vector: hash('sha256', Float32Array.from(query.vector), 'base64url') };
  return query;
}
