import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EmbeddingError } from './embedding-plugin.ts';

/** @throws EmbeddingError MODEL_FAILED, final; MODEL_MISSING where there is no such file */
export async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (isAbsent(cause)) {
      throw new EmbeddingError('MODEL_MISSING', 'final', `The model's file ${file} is missing: copy it there.`, {
        cause,
      });
    }
    throw new EmbeddingError('MODEL_FAILED', 'final', `The model's file ${file} cannot be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return String(cause);
  return cause.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
}
