import { existsSync, readFileSync } from 'node:fs';

/**
 * The most memory that a process has had resident, in MB. Where the system tells it of the program
 * alone, it is that: `maxRSS` begins with what the process that started it had.
 * @param pid of another process, where the system tells of it
 */
export function peakMb(pid: number | 'self' = 'self'): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return pid === 'self' ? process.resourceUsage().maxRSS / 1024 : Number.NaN;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) / 1024;
}
