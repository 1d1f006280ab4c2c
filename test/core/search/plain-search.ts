import type { GeneratedView } from './generated-dataset.ts';

export interface PlainHit {
  readonly key: string;
  readonly distance: number;
}

/** What a search is to find: every vector compared in memory, nearest first, ties by key. */
export function plainSearch(
  views: readonly GeneratedView[],
  query: Float32Array,
  groupBy: 'ITEM' | 'VIEW' = 'ITEM',
  passes: (view: GeneratedView) => boolean = () => true,
): PlainHit[] {
  const nearest = new Map<string, number>();
  for (const view of views) {
    if (!passes(view)) continue;
    const key = groupBy === 'ITEM' ? view.itemId : view.id;
    const distance = view.vector.reduce((sum, value, index) => sum + (value - (query[index] ?? 0)) ** 2, 0);
    nearest.set(key, Math.min(distance, nearest.get(key) ?? Number.POSITIVE_INFINITY));
  }
  const hits = [...nearest].map(([key, distance]) => ({ key, distance }));
  return hits.sort((a, b) => a.distance - b.distance || (a.key < b.key ? -1 : 1));
}
