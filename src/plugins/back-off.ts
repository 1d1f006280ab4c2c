import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/**
 * Milliseconds to wait before a try: twice as long each time, a quarter shorter or longer by chance, so that not
 * all who wait come at once; never shorter than the server has asked for.
 *
 * @param tried how often before, at least once
 * @param askedMs what the server has asked for
 */
export function backOffMs(tried: number, askedMs = 0): number {
  const growing = Math.min(FIRST_MS * 2 ** (tried - 1), LONGEST_MS) * (0.75 + Math.random() / 2);
  return askedMs === 0 ? growing : askedMs + growing * Math.random();
}

/** @throws the signal's reason */
export async function waitMs(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {});
  signal?.throwIfAborted();
}

/** Milliseconds of a `Retry-After` header, which gives seconds or a date; 0 where there is none. */
export function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Math.max(0, milliseconds || 0);
}

/** Whether the same request may be answered better later. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}
