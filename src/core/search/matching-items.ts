/** The items that a filter lets pass. */
export interface MatchingItems {
  readonly count: number;
  /** Of all items. */
  readonly total: number;
  /** Their ids, where they are at most so many. */
  few(most: number): Promise<readonly string[] | null>;
  has(itemId: string): boolean;
}
