import { DatasetUnreadableError } from './errors.ts';

/** The error itself, where a table cannot be opened: one such table hides no other. */
export function unlessUnreadable<Result>(table: Promise<Result>): Promise<Result | DatasetUnreadableError> {
  return table.catch((error: unknown) => {
    if (error instanceof DatasetUnreadableError) return error;
    throw error;
  });
}
