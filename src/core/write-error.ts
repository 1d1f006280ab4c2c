import { ViewfinderError, WriteError } from './errors.ts';
import { reasonOf } from './lance-reason.ts';

/** What an error of a write to a table is to a caller; errors that say so themselves stay what they are. */
export function writeError(table: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof ViewfinderError) return cause;
  const { message } = cause;
  if (/no space left|ENOSPC|quota exceeded|EDQUOT/i.test(message)) {
    const text = `The disk is full: the table "${table}" cannot be written to. Make room, then go on; what was told as embedded is kept.`;
    return new WriteError('DISK_FULL', text, { cause });
  }
  if (/not found|ENOENT/i.test(message)) {
    const text = `The table "${table}" is gone: it was dropped, or its folder moved, while it was computed. Make it again, then compute it anew.`;
    return new WriteError('TABLE_GONE', text, { cause });
  }
  return new WriteError(
    'WRITE_FAILED',
    `The table "${table}" cannot be written to: ${reasonOf(message).replace(/\.$/, '')}.`,
    { cause },
  );
}

/** Whether the same write may succeed when it is made again: others were quicker. */
export function isWriteConflict(error: unknown): boolean {
  return error instanceof Error && /commit conflict|concurrent writers|please retry/i.test(error.message);
}
