/** How a vector index is asked, so that it finds what it was measured to find. */
export interface IndexUse {
  /** As LanceDB names it, such as `IVF_FLAT`. */
  readonly type: string;
  readonly nprobes: number;
  readonly refineFactor?: number | undefined;
}
