import { cosineOf } from './cosine.ts';
import type { ImageEmbedder } from './image-embedder.ts';
import type { Layout } from './layout.ts';
import type { ComparedVector } from './verification-judgement.ts';
import type { StoredVector } from './verification-scan.ts';
import type { Views } from './views.ts';

export interface Comparison {
  readonly compared: readonly ComparedVector[];
  /** Rows whose picture cannot be embedded now, and why. */
  readonly unread: ReadonlyMap<StoredVector, string>;
  /** Rows whose view is no longer in the dataset. */
  readonly orphans: readonly StoredVector[];
}

/** Pictures that are embedded at once, and so what an abort waits for. */
const BATCH = 8;

/**
 * Computes the vectors of stored rows' views anew, each view once.
 * @throws PluginError; the signal's reason
 */
export async function compareWithPictures(
  rows: readonly StoredVector[],
  { embedder, views, layout }: { embedder: ImageEmbedder; views: Views; layout: Layout },
  { signal, onRows }: { signal?: AbortSignal | undefined; onRows?: ((done: number) => void) | undefined } = {},
): Promise<Comparison> {
  const found = await views.byKeys(rows.map(({ view }) => view));
  const there = found.filter((view) => view !== null);
  const distinct = [...new Map(there.map((view) => [layout.keyOf(view), view])).values()];
  const computed = new Map<string, Float32Array>();
  const reasons = new Map<string, string>();
  for (let start = 0; start < distinct.length; start += BATCH) {
    signal?.throwIfAborted();
    const { embedded, failures } = await embedder.embed(distinct.slice(start, start + BATCH));
    for (const { view, vector } of embedded) computed.set(layout.keyOf(view), vector);
    for (const { view, message } of failures) reasons.set(layout.keyOf(view), message);
    onRows?.(Math.min(rows.length, computed.size + reasons.size));
  }
  signal?.throwIfAborted();
  const compared: ComparedVector[] = [];
  const unread = new Map<StoredVector, string>();
  for (const stored of rows) {
    const key = layout.keyOf(stored.view);
    const vector = computed.get(key);
    const reason = reasons.get(key);
    if (vector !== undefined)
      compared.push({ stored, computed: vector, distance: 1 - cosineOf(stored.vector, vector) });
    else if (reason !== undefined) unread.set(stored, reason);
  }
  return { compared, unread, orphans: rows.filter((_, index) => found[index] === null) };
}
