import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { z } from 'zod';
import { DatasetUnreadableError } from './errors.ts';

/**
 * Reads a JSON file of a dataset into what `schema` gives; null where there is no such file.
 * @throws DatasetUnreadableError with `code`, where it is not JSON or not of that shape
 */
export async function readJson<Output>(
  path: string,
  schema: z.ZodType<Output>,
  code: DatasetUnreadableError['code'],
): Promise<Output | null> {
  let text: string;
  try {
    // Reading a pipe could wait for ever.
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new DatasetUnreadableError(code, `${path} cannot be read: ${reason(cause)}.`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DatasetUnreadableError(code, `${path} is not JSON: ${reason(cause)}.`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.length ? `"${issue.path.join('.')}": ` : '';
  throw new DatasetUnreadableError(code, `${path} is not as Pixano writes it: ${where}${issue?.message}.`, {
    cause: result.error,
  });
}

/** Replaces a file as a whole: a reader, or a crash at any moment, sees the old one or the new. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(JSON.stringify(value, null, 4));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
