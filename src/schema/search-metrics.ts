/** Who is told of searches, where the service keeps count. */
export interface SearchMetrics {
  searched(steps: SearchSteps): void;
}

/** How a search went: the index that it used, null where it was exact, and the milliseconds of its steps. */
export interface SearchSteps {
  readonly indexType?: string | null | undefined;
  readonly embedMs: number;
  readonly searchMs: number;
  readonly fetchMs: number;
}
