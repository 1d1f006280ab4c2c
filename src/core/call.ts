/** For how long somebody waits for what is asked of a dataset. */
export interface Call {
  /** Aborts when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which LanceDB, which knows of no signal, ends a search or a look-up; never where it is left out. */
  readonly timeoutMs?: number | undefined;
}
