/** Who is told of searches, where the service keeps count. */
export interface SearchMetrics {
  searched(search: SearchFigures): void;
}

/** What a search took. */
export interface SearchFigures {
  /** The index that was used, and how it was asked; null or left out where the search was exact. */
  readonly index?: {
    readonly type: string;
    readonly nprobes: number;
    readonly refineFactor?: number | undefined;
  } | null;
  /** Vectors compared with the query. */
  readonly candidates: number;
  readonly embedMs: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}
