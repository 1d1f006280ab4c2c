import { getPriority, setPriority } from 'node:os';

/**
 * Has this thread give way to everything else that its process does. Linux has a priority for each thread, and the
 * threads that a graph begins inherit it; elsewhere it is the process's, and stays.
 */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(Math.min(19, getPriority() + 5));
}
