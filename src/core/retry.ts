import { setTimeout as delay } from 'node:timers/promises';

/** How a backend that fails is tried again. */
export interface Retry {
  /** Tries after the first. */
  readonly times: number;
  /** Milliseconds before the first of them; each pause after it is twice as long, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

/** Together some eight seconds: who waits for a model that is broken wants to know it, and who has a slow one says so. */
export const RETRY: Retry = { times: 4, firstPauseMs: 500, longestPauseMs: 30_000 };

/**
 * The pause before a try, a quarter shorter or longer by chance, so that not all who wait come at once.
 * @param tried how often before, at least once
 * @throws the signal's reason
 */
export async function pause(tried: number, retry: Retry, signal: AbortSignal | undefined): Promise<void> {
  const pauseMs = Math.min(retry.firstPauseMs * 2 ** (tried - 1), retry.longestPauseMs);
  await delay(pauseMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
  signal?.throwIfAborted();
}
