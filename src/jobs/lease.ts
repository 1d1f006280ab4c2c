import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** Milliseconds for which a job is its owner's, and after which the owner says again that it lives. */
export const LEASE_MS = 10_000;
export const HEARTBEAT_MS = 500;

/** Who runs a job: a process, told apart from all others that ever were. */
const owner = z.strictObject({ host: z.string(), pidNamespace: z.string(), pid: z.int(), random: z.string() });

/** @returns a name of this process that no other has, on whatever machine or in whatever container */
export function newOwner(): string {
  const { host, pidNamespace } = here();
  const named: z.infer<typeof owner> = { host, pidNamespace, pid: process.pid, random: randomUUID() };
  return JSON.stringify(named);
}

/**
 * Whether the owner of a job is gone: its lease has run out, or it was a process of this machine (and
 * of this container) and there is no such process any more.
 * @param expiresAt milliseconds since 1970
 */
export function isDead(ownerName: string, expiresAt: number, now = Date.now()): boolean {
  if (expiresAt <= now) return true;
  const { host, pidNamespace, pid } = owner.parse(JSON.parse(ownerName));
  const local = here();
  if (host !== local.host || pidNamespace !== local.pidNamespace) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** Containers may share a host's name and have processes of their own under the same numbers. */
function here(): { host: string; pidNamespace: string } {
  let pidNamespace = '';
  try {
    pidNamespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  return { host: hostname(), pidNamespace };
}
