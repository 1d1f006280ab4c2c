/** One test: it rejects with what is wrong. */
export interface ConformanceCase {
  /** A sentence about the plugin. */
  readonly name: string;
  readonly run: () => Promise<void>;
}
